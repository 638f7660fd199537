"""Table S6: other values of the settings that are no augmentation's."""

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS
from clear.benchmark.tables.table import Table
from clear.benchmark.tables.variants import CAPTION, cell, rows, strengths


def make(ablation: pd.DataFrame) -> pd.DataFrame:
    """Return the variants with their differences from the preset."""
    return rows(ablation, ablation["design"].eq("value") & ~strengths(ablation))


TABLE = Table(
    id="s6",
    title="Table S6: temperature, momentum, queue, dimension and other settings",
    caption=CAPTION,
    reads=("ablation",),
    make=make,
    sections=SECTIONS,
    row=("variant",),
    cell=cell,
    needs="variants",
)
