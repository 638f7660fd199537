"""Table S2: ARI and NMI of every seed."""

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS, clustering, number
from clear.benchmark.tables.table import Table

COLUMNS = [*SECTIONS, "method", "seed", "dataset", "value", "scorer_sd"]


def make(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``scores.tsv`` that the table shows."""
    return clustering(scores.dropna(subset="metric"))[COLUMNS]


TABLE = Table(
    id="s2",
    title="Table S2: ARI and NMI of every seed",
    caption="Each seed of a method; methods in which nothing is random have one. A value is the "
    "mean over the five seeds of k-means or Leiden where these cluster the embedding. Empty: no "
    "score; Table S1 says why.",
    reads=("scores",),
    make=make,
    sections=SECTIONS,
    row=("method", "seed"),
    cell=lambda row: number(row["value"]),
)
