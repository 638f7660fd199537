"""Invented runs with their truth and their scores."""

from pathlib import Path

import h5py
import pandas as pd
import pytest

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.score import score_run
from clear.benchmark.tsv import write_table
from tests.tasks.clustering.runs import CELLS, SETTINGS, TYPES, make_run, separate, served


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.tsv"
    table = pd.DataFrame({"cell": CELLS, "name": CELLS, "cell_type": TYPES})
    table.to_csv(path, sep="\t", index=False)
    return path


@pytest.fixture
def scored(tmp_path, truth):
    """Score one made-up run of a method with these outputs."""

    def score(outputs=("embedding",), **left):
        run = make_run(tmp_path / "m", **left)
        return score_run(TASK, run, truth, SETTINGS, served(outputs))

    return score


@pytest.fixture
def two(tmp_path, truth):
    """A run that succeeded and one that did not, with their tables, as the workflow has them."""
    names = {"good": "ok", "bad": "out_of_memory"}
    folders, tables = [], []
    for name, status in names.items():
        where = Path("d/standard/none", name)
        run = make_run(tmp_path / "methods" / where / "seed0", status=status, method=name)
        if status == "ok":
            with h5py.File(run / "embedding.h5", "w") as file:
                file["X"], file["cells"] = separate().astype("float32"), CELLS.tolist()
        table = tmp_path / "scores/clustering" / where.with_suffix(".tsv")
        table.parent.mkdir(parents=True, exist_ok=True)
        write_table(score_run(TASK, run, truth, SETTINGS, served()), table)
        folders.append(run)
        tables.append(table)
    return tables, folders, {"clustering": dict.fromkeys(names, served())}
