"""Table S5: other strengths of the augmentations."""

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS
from clear.benchmark.tables.table import Table
from clear.benchmark.tables.variants import CAPTION, cell, rows, strengths


def make(ablation: pd.DataFrame) -> pd.DataFrame:
    """Return the variants with their differences from the preset."""
    return rows(ablation, strengths(ablation))


TABLE = Table(
    id="s5",
    title="Table S5: strengths of the augmentations",
    caption=CAPTION,
    reads=("ablation",),
    make=make,
    sections=SECTIONS,
    row=("variant",),
    cell=cell,
    needs="variants",
)
