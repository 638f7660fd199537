"""Table S4: each augmentation removed, and each alone."""

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS
from clear.benchmark.tables.table import Table
from clear.benchmark.tables.variants import CAPTION, cell, rows


def make(ablation: pd.DataFrame) -> pd.DataFrame:
    """Return the variants with their differences from the preset."""
    return rows(ablation, ablation["design"].isin(("without", "alone")))


TABLE = Table(
    id="s4",
    title="Table S4: augmentations removed and alone",
    caption=CAPTION,
    reads=("ablation",),
    make=make,
    sections=SECTIONS,
    row=("variant",),
    cell=cell,
    needs="variants",
)
