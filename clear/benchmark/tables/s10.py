"""Table S10: genes of monocytes that differ between the second status and the first."""

import pandas as pd

from clear.benchmark.tables.differential import table
from clear.benchmark.tables.studies import of_focus


def make(differential: pd.DataFrame, manifest: dict) -> pd.DataFrame:
    """Return a row per gene and status."""
    return of_focus(differential, manifest, slice(0, 1))


TABLE = table("s10", "Table S10: genes in the second status", make)
