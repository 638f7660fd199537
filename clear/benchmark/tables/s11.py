"""Table S11: genes of monocytes that differ between the statuses after the second and the first."""

import pandas as pd

from clear.benchmark.tables.differential import table
from clear.benchmark.tables.studies import of_focus


def make(differential: pd.DataFrame, manifest: dict) -> pd.DataFrame:
    """Return a row per gene and status."""
    return of_focus(differential, manifest, slice(1, None))


TABLE = table("s11", "Table S11: genes in the statuses after the second", make)
