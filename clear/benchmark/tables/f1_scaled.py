"""F1 of batch effects with both of its terms scaled between the methods of the run.

Tran et al. 2020 (Genome Biology 21, 12) scale each term between the least and the greatest of all
methods on a dataset, c' = (c - min) / (max - min), and likewise b, before F1 = 2 c' (1 - b') /
(c' + 1 - b'). A method's number then depends on which others take part: two runs are not
comparable, and a third method can reverse the order of two. It enters no rank.
"""

import pandas as pd

from clear.benchmark.metrics.batch_paper import harmonic
from clear.benchmark.tables.scored import number
from clear.benchmark.tables.table import Table
from clear.benchmark.tasks.batch import ANY, TASK
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, is_control

TERMS = {"f1_ari": ("c_ari", "b_ari"), "f1_asw": ("c_asw", "b_asw")}
COLUMNS = ["recipe", "metric", "dataset", "method", "f1_scaled", "types", "batches", "methods"]


def make(statistics: pd.DataFrame, manifest: dict) -> pd.DataFrame:
    """Return a row per recipe, metric, dataset and method that is no control.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: ``types`` and ``batches`` are the scaled terms, of the
        means over seeds, ``methods`` the number of methods between which they are scaled.
    """
    controls = [name for name, card in manifest["methods"].items() if is_control(card)]
    rows = rows_where(statistics, perturbation=NONE, task=TASK.id, track=ANY)
    rows = rows[~rows["method"].isin(controls)].dropna(subset="mean")
    found = []
    for (recipe, dataset), here in rows.groupby(["recipe", "dataset"], sort=False):
        for metric, terms in TERMS.items():
            wide = here.pivot(index="method", columns="metric", values="mean")
            wide = wide.reindex(columns=list(terms)).dropna().apply(_scaled)
            about = {"recipe": recipe, "metric": metric, "dataset": dataset, "methods": len(wide)}
            for method, (types, batches) in zip(wide.index, wide.to_numpy(), strict=True):
                row = {"method": method, "types": types, "batches": batches}
                found.append(about | row | {"f1_scaled": harmonic(types, 1 - batches)})
    return pd.DataFrame(found, columns=COLUMNS)


def _scaled(column: pd.Series) -> pd.Series:
    """Return a term between 0 and 1; .5 where all methods have the same."""
    span = column.max() - column.min()
    return (column - column.min()) / span if span > 0 else column * 0 + 0.5


TABLE = Table(
    id="f1_scaled",
    title="F1 of batch effects, scaled between the methods of this run",
    caption="F1 of types and batches by ARI and by silhouette, as Tran et al. 2020 have it: each "
    "term is scaled between the least and the greatest of the methods, controls apart. It "
    "depends on which methods take part, and ranks nothing.",
    reads=("statistics", "manifest"),
    make=make,
    sections=("recipe", "metric"),
    row=("method",),
    cell=lambda row: number(row["f1_scaled"]),
    empty="No method has a score on a dataset with batches.",
)
