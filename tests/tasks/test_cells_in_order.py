"""The table behind Fig. 4: places, planes, and the path through them."""

import json

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.tasks.cells_in_order import cells_in_order
from clear.benchmark.tasks.score import RUN

CELLS = [f"cell_{i}" for i in range(40)]
TIME = np.random.default_rng(0).permutation(40).astype(float)
STAGES = np.where(TIME < 20, "0", "1")


@pytest.fixture
def make(tmp_path):
    """Make a run that wrote a pseudotime, and the truth."""
    truth = pd.DataFrame({"cell": CELLS, "cell_type": "x", "stage": STAGES})
    truth.loc[3, "stage"] = ""
    truth.to_csv(tmp_path / "truth.tsv", sep="\t", index=False)

    def run(method, status="ok", told=("root",)):
        folder = tmp_path / method / "seed0"
        folder.mkdir(parents=True)
        about = dict(zip(RUN, ("d", "standard", "none", method, 0), strict=True))
        about |= {"status": status, "told": dict.fromkeys(told, "root")}
        (folder / "status.json").write_text(json.dumps(about))
        table = pd.DataFrame({"cell": CELLS, "pseudotime": TIME**3})
        table[::-1].to_csv(folder / "pseudotime.tsv", sep="\t", index=False)
        return folder

    return run, tmp_path / "truth.tsv"


def umap(method="pca"):
    points = pd.DataFrame({"cell": CELLS, "umap1": TIME, "umap2": -TIME})
    return points.sample(frac=1, random_state=1).assign(method=method, seed=0)


def test_places_are_ranks_and_cells_without_a_stage_are_left_out(make):
    run, truth = make
    order, path = cells_in_order([run("slingshot")], truth, umap(), 15)
    assert (path["method"] == "slingshot").all() and path["place"].is_monotonic_increasing
    order = order.set_index("cell")
    assert len(order) == 39 and CELLS[3] not in order.index
    expected = pd.Series(TIME / 39, CELLS)[order.index]
    np.testing.assert_allclose(order["place"], expected)
    np.testing.assert_allclose(order["umap1"], order["place"] * 39)
    assert set(order["plane"]) == {"pca"}


def test_without_the_plane_of_pca_there_are_places_and_no_path(make):
    run, truth = make
    order, paths = cells_in_order([run("slingshot")], truth, umap("other"), 15)
    assert order["place"].notna().all() and order["umap1"].isna().all() and paths.empty


def test_runs_without_a_rooted_order_are_passed_over(make):
    run, truth = make
    runs = [run("broken", status="failed"), run("blind", told=())]
    order, paths = cells_in_order(runs, truth, umap(), 15)
    assert order.empty and paths.empty and "stage" in order
