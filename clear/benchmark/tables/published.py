"""What others published for the run's datasets and methods, beside what is measured here.

The numbers are in ``config/published.tsv``, with their source. Nothing here was computed from them:
they are not measured by this benchmark, and enter no rank or statistic. Its columns ``given_k`` and
``own_k`` name the card that stands beside a number on each of these tracks. Seurat and ItClust
cannot be told the number of types and have none on the first; scDHA can be told, and whether it was
is not stated, so that it has both.
"""

from pathlib import Path

import pandas as pd

from clear.benchmark.tables.scored import mean_sd, number
from clear.benchmark.tables.table import Table
from clear.benchmark.tsv import read_table, rows_where
from clear.benchmark.vocabulary import GIVEN_K, NONE, OWN_K, STANDARD

FILE = Path(__file__).parents[3] / "config" / "published.tsv"
WORDS = {GIVEN_K: "k given", OWN_K: "own number"}
COLUMNS = ["metric", "source", "published_as", "dataset", "published"]
HERE = ["mean", "sd", "scored", "planned", "lost"]


def make(statistics: pd.DataFrame) -> pd.DataFrame:
    """Return the published numbers on datasets of the run, with what their methods have here.

    For each of the two tracks there is a column with the card's name, ``given_k`` and ``own_k``,
    and columns such as ``given_k_mean`` with its numbers.
    """
    ours = rows_where(statistics, recipe=STANDARD, perturbation=NONE)
    table, columns = read_table(FILE), list(COLUMNS)
    clustered = ours[ours["track"].isin(WORDS)]
    table = table[table["dataset"].isin(clustered["dataset"])]
    for track in WORDS:
        names = {"method": track} | {name: f"{track}_{name}" for name in HERE}
        here = rows_where(ours, track=track)[["dataset", "metric", *names]].rename(columns=names)
        table = table.merge(here, on=["dataset", "metric", track], how="left")
        columns += names.values()
    return table[columns]


def cell(row: dict) -> str:
    """Return a published number and, in brackets, ours."""
    found = []
    for track, words in WORDS.items():
        here = mean_sd({name: row[f"{track}_{name}"] for name in HERE})
        found += [f"{words} {here}"] if here else []
    published = number(row["published"])
    return f"{published} (here {'; '.join(found)})" if found else published


TABLE = Table(
    id="published",
    title="Published elsewhere, not measured here",
    caption="ARI as published; in brackets what the same method has here where it is given the "
    "true number of types (k), and where its clusters and their number are its own. Preparation, "
    "labels and settings may differ, and CICL's settings of the other methods are not stated, nor "
    "whether scDHA was given k. Seurat and ItClust cannot be. CICL's own training keeps the epoch "
    "with the best ARI by the labels. Its repository (41d2df8) gives means over 25 sets: CICL "
    ".776, scDHA .681, CLEAR .584, scDeepCluster .583, scVI .579, SIMLR .579, GraphSCC .528, "
    "Seurat .505, ItClust .204. Of its ARI, the text of the CLEAR paper says only that the mean is "
    "4.56 % above that of scDHA.",
    reads=("statistics",),
    make=make,
    sections=("metric",),
    row=("published_as", "source"),
    cell=cell,
    empty="config/published.tsv has no number on a dataset of this run.",
)
