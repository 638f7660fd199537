"""A finished run of the workflow: which of its datasets has the user's cells, and its scores."""

import dataclasses
import json
from pathlib import Path

import pandas as pd

from clear.benchmark.methods.outputs import read_truth
from clear.benchmark.own_embedding.own import Own
from clear.benchmark.own_embedding.score import METHOD, tasks_for
from clear.benchmark.settings import nearest
from clear.benchmark.statistics.placement import Comparison, compare_one
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.tsv import read_table, rows_where
from clear.benchmark.vocabulary import NONE
from clear.errors import ClearError

FILES = ("run.json", "scores.tsv", "statistics.tsv")


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished run: its folder, manifest (``run.json``) and the names of its datasets."""

    folder: Path
    manifest: dict

    @property
    def recipe(self) -> str:
        """The first of the run's recipes, with which the user's cells are compared."""
        return self.manifest["config"]["recipes"][0]

    @property
    def n_neighbors(self) -> int:
        """Neighbours in the graph for Leiden."""
        return self.manifest["config"]["scores"]["n_neighbors"]

    def truth_path(self, dataset: str) -> Path:
        """Return where the table of a dataset's labelled cells is."""
        return self.folder / "data" / dataset / self.recipe / NONE / "truth.tsv"

    def truth(self, dataset: str) -> pd.DataFrame | None:
        """Return the labelled cells of a dataset as its methods had them; None without any."""
        path = self.truth_path(dataset)
        truth = read_truth(path) if path.is_file() else pd.DataFrame()
        return truth if "cell_type" in truth else None


def read_run(folder: Path) -> Run:
    """Open the folder of a run.

    Raises
    ------
    ClearError
        When it is none, or the run has not come to its tables.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise ClearError(
                f"{folder} is no folder of a finished run: it has no {name}. Runs of the workflow "
                "are folders of results/, such as results/demo."
            )
    return Run(folder, json.loads((folder / "run.json").read_text(encoding="utf-8")))


def match(own: Own, run: Run, dataset: str | None) -> Own:
    """Return the embedding with its cells in the order of the run's dataset.

    Cells are matched by their names. Where the names are others, the user has to name the dataset;
    then numbers of cells and sizes of types are compared, and the order stays.

    Raises
    ------
    ClearError
        When the dataset is not in the run or has no cells there, or its cells or types are others.
    """
    truths = {name: run.truth(name) for name in run.manifest["datasets"]}
    there = {name: truth for name, truth in truths.items() if truth is not None}
    if dataset is None:
        dataset = _with_the_same_cells(own, run, there)
    if dataset not in truths:
        raise ClearError(f"{run.folder} has no dataset {dataset!r}.{nearest(dataset, truths)}")
    if dataset not in there:
        raise ClearError(f"{run.folder}: the dataset {dataset} has no labelled cells in this run.")
    truth, about = there[dataset], {"dataset": dataset, "recipe": run.recipe}
    if run.manifest["config"]["quick"]:
        remark = f"The methods of {run.folder} ran with quick settings: their scores say little."
        own = dataclasses.replace(own, remarks=(*own.remarks, remark))
    if len(truth) != len(own.truth):
        raise ClearError(
            f"{len(own.truth):,} of your cells have a label, and the run scored {len(truth):,} of "
            f"{dataset}; keep those in the column name of {run.truth_path(dataset)}."
        )
    names = pd.Index(truth["name"])
    if not _same(own.truth.index, names):
        sizes = [sorted(table["cell_type"].value_counts()) for table in (own.truth, truth)]
        if sizes[0] != sizes[1]:
            raise ClearError(f"{_other_types(dataset)}: the numbers of cells per type differ.")
        remark = f"Names of cells differ from those of {dataset}; only the sizes of types agree."
        return dataclasses.replace(own, remarks=(*own.remarks, remark), **about)
    rows = own.truth.index.get_indexer(names)
    ordered = own.truth.iloc[rows]
    pairs = pd.DataFrame({"theirs": truth["cell_type"].to_numpy(), "own": ordered["cell_type"]})
    pairs = pairs.drop_duplicates()
    for one, other in (("theirs", "own"), ("own", "theirs")):
        if (split := pairs[one].duplicated(keep=False)).any():
            name = pairs[one][split].iloc[0]
            others = ", ".join(map(repr, sorted(pairs[other][pairs[one] == name])))
            whose = "the run's type" if one == "theirs" else "your type"
            raise ClearError(f"{_other_types(dataset)}: cells of {whose} {name!r} are {others}.")
    return dataclasses.replace(own, values=own.values[rows], truth=ordered, **about)


def _with_the_same_cells(own: Own, run: Run, there: dict[str, pd.DataFrame]) -> str:
    mine = own.truth.index
    found = [name for name, truth in there.items() if _same(mine, truth["name"])]
    if len(found) == 1:
        return found[0]
    some = [name for name, truth in there.items() if truth["name"].isin(mine).any()]
    if len(some) == 1:
        raise ClearError(_missing_cells(mine, run, some[0], there[some[0]]["name"]))
    sizes = ", ".join(f"{name} ({len(there[name]):,} cells)" for name in found or there)
    number = "Several datasets" if found else "No dataset"
    raise ClearError(
        f"{number} of {run.folder} have the names of your {len(mine):,} labelled cells: "
        f"say which it is with --dataset. There: {sizes or 'nothing'}."
    )


def _missing_cells(mine: pd.Index, run: Run, dataset: str, theirs: pd.Series) -> str:
    """Return what keeps cells that share some names with a dataset from being those of it."""
    lacking, others = (~theirs.isin(mine)).sum(), (~mine.isin(theirs)).sum()
    wrong = []
    if lacking:
        wrong.append(
            f"{lacking:,} of the {len(theirs):,} cells that the run scored have no label in your "
            "file"
        )
    if others:
        wrong.append(f"{others:,} of your labelled cells were not scored by the run")
    if not mine.is_unique:
        wrong.append("names of your cells occur more than once")
    return (
        f"Your cells are those of {dataset}, but {' and '.join(wrong)}; label exactly the cells "
        f"in the column name of {run.truth_path(dataset)}."
    )


def _same(mine: pd.Index, theirs) -> bool:
    theirs = pd.Index(theirs)
    return len(mine) == len(theirs) and mine.is_unique and not len(mine.difference(theirs))


def _other_types(dataset: str) -> str:
    return f"Your labels are not those of {dataset} in this run"


def compare(own: Own, scores: pd.DataFrame, run: Run) -> Comparison:
    """Place the scores of a matched embedding among the methods of the run."""
    where = {"dataset": own.dataset, "recipe": own.recipe, "perturbation": NONE}
    tables = [
        without_curves(rows_where(read_table(run.folder / name), **where))
        for name in ("scores.tsv", "statistics.tsv")
    ]
    served = {task.id: task.served(METHOD) for task in tasks_for(own)}
    return compare_one(without_curves(scores), served, *tables, run.manifest)
