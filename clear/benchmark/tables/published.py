"""What others published for the run's datasets and methods, beside what is measured here.

The numbers are in ``config/published.tsv``, with their source. Nothing here was computed from them:
they are not measured by this benchmark, and enter no rank or statistic.
"""

from pathlib import Path

import pandas as pd

from clear.benchmark.tables.scored import mean_sd, number
from clear.benchmark.tables.table import Table
from clear.benchmark.tsv import read_table, rows_where
from clear.benchmark.vocabulary import GIVEN_K, NONE, STANDARD

FILE = Path(__file__).parents[3] / "config" / "published.tsv"
SAME = ["dataset", "method", "metric"]
COLUMNS = ["metric", "source", "published_as", "method", "dataset", "published"]
HERE = ["mean", "sd", "scored", "planned", "lost"]


def make(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return the published numbers on datasets of the run, with what the method has here."""
    ours = rows_where(statistics, recipe=STANDARD, perturbation=NONE, track=GIVEN_K)
    published = read_table(FILE)
    there = published[published["dataset"].isin(ours["dataset"])]
    return there.merge(ours[[*SAME, *HERE]], on=SAME, how="left")[[*COLUMNS, *HERE]]


def cell(row: dict) -> str:
    """Return a published number and, in brackets, ours."""
    here = mean_sd(row)
    return f"{number(row['published'])} (here {here})" if here else number(row["published"])


TABLE = Table(
    id="published",
    title="Published elsewhere, not measured here",
    caption="ARI as published; in brackets what the same method has here with the true number of "
    "types given. Preparation, labels, settings and the number of clusters may differ, and CICL's "
    "settings of the other methods are not stated. CICL's own training keeps the epoch with the "
    "best ARI by the labels. Its repository (41d2df8) gives means over 25 sets: CICL .776, scDHA "
    ".681, CLEAR .584, scDeepCluster .583, scVI .579, SIMLR .579, GraphSCC .528, Seurat .505, "
    "ItClust .204. Of its ARI, the text of the CLEAR paper says only that the mean is 4.56 % above "
    "that of scDHA.",
    reads=("statistics",),
    make=make,
    sections=("metric",),
    row=("published_as", "source"),
    cell=cell,
    empty="config/published.tsv has no number on a dataset of this run.",
)
