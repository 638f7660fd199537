"""Table S1: ARI and NMI of every method on every dataset."""

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS, clustering, mean_sd
from clear.benchmark.tables.table import Table

COLUMNS = [*SECTIONS, "method", "dataset", "mean", "sd", "scorer_sd", "min", "max"]
COLUMNS += ["scored", "planned", "lost"]


def make(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``statistics.tsv`` that the table shows."""
    return clustering(statistics)[COLUMNS]


TABLE = Table(
    id="s1",
    title="Table S1: ARI and NMI",
    caption="Mean ± standard deviation over the seeds of a method; a mean alone is of one seed. "
    "Runs without a score are not in the mean and are named. Empty: the method was not run, or the "
    "track does not score what it writes.",
    reads=("statistics",),
    make=make,
    sections=SECTIONS,
    row=("method",),
    cell=mean_sd,
)
