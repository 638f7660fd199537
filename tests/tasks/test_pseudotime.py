"""From an embedding or a method's own pseudotime to scores: root, direction, unreached cells."""

import json

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy
from scipy.stats import spearmanr

from clear.benchmark.tasks.diffusion_time import diffusion_pseudotime, last_place, root_cell
from clear.benchmark.tasks.pseudotime import TASK
from clear.benchmark.tasks.score import RUN, score_run

N = 120
CELLS = [f"cell_{i:06d}" for i in range(N)]
TIME = np.linspace(0, 1, N)
STAGES = (TIME * 5.999).astype(int).astype(str)
NOISE = np.random.default_rng(0).normal(0, 0.02, (N, 3))
ARC = np.column_stack([np.cos(3 * TIME), np.sin(3 * TIME), TIME]) + NOISE


@pytest.fixture
def scored(tmp_path):
    """Score one made-up run; cells are in the file in another order than in the truth."""

    def score(embedding=None, pseudotime=None, told=(), stages=STAGES):
        truth = pd.DataFrame({"cell": CELLS[: len(stages)], "cell_type": "x", "stage": stages})
        truth.to_csv(tmp_path / "truth.tsv", sep="\t", index=False)
        run = tmp_path / "run"
        run.mkdir()
        about = dict(zip(RUN, ("d", "standard", "none", "m", 0), strict=True))
        told_facts = dict.fromkeys(told, "root")
        (run / "status.json").write_text(json.dumps(about | {"status": "ok", "told": told_facts}))
        back = np.arange(len(stages))[::-1]
        outputs = []
        if embedding is not None:
            outputs.append("embedding")
            with h5py.File(run / "embedding.h5", "w") as file:
                file["X"], file["cells"] = embedding[back], [CELLS[i] for i in back]
        if pseudotime is not None:
            outputs.append("pseudotime")
            table = pd.DataFrame({"cell": CELLS, "pseudotime": pseudotime}).iloc[back]
            table.to_csv(run / "pseudotime.tsv", sep="\t", index=False)
        served = TASK.served({"outputs": outputs, "told": list(told)})
        return score_run(TASK, run, tmp_path / "truth.tsv", {"n_neighbors": 15}, served)

    return score


def spearman(table):
    return table[table["metric"] == "spearman"].set_index("track")["value"].to_dict()


def test_cells_along_an_arc_are_ordered_from_the_first_stage(scored):
    found = spearman(scored(ARC))
    assert list(found) == ["rooted", "from_embedding", "unrooted"]
    assert min(found.values()) > 0.95
    assert found["rooted"] == found["from_embedding"]


def test_diffusion_pseudotime_is_scanpys_from_the_medoid_of_the_first_stage():
    first = STAGES == "0"
    apart = ((ARC[first][:, None] - ARC[first]) ** 2).sum(axis=2).sum(axis=1)
    root = root_cell(ARC, first)
    assert root == np.flatnonzero(first)[apart.argmin()]
    graph = anndata.AnnData(obsm={"embedding": ARC})
    scanpy.pp.neighbors(graph, n_neighbors=15, use_rep="embedding", transformer="sklearn")
    scanpy.tl.diffmap(graph)
    graph.uns["iroot"] = root
    scanpy.tl.dpt(graph)
    found = diffusion_pseudotime(ARC, root, 15)
    np.testing.assert_allclose(found, graph.obs["dpt_pseudotime"], atol=1e-3)
    assert found.argmin() == root


def test_cells_that_the_root_does_not_reach_share_the_last_place():
    two = ARC + 50 * (TIME > 0.6)[:, None]
    found = diffusion_pseudotime(two, 0, 15)
    assert (found[TIME > 0.6] == found.max()).all() and np.isfinite(found).all()
    assert found[TIME <= 0.6].max() < found.max()
    assert last_place(np.array([0, np.inf, 2, np.nan])).tolist() == [0, 3, 2, 3]


def test_own_pseudotime_counts_where_the_method_is_told_the_root(scored):
    found = spearman(scored(pseudotime=-TIME, told=["root"]))
    assert found == {"rooted": pytest.approx(spearmanr(-TIME, STAGES.astype(int)).statistic)}


def test_without_a_root_the_better_direction_counts_and_no_other_track(scored):
    table = scored(pseudotime=-TIME)
    assert spearman(table)["unrooted"] > 0.95
    lost = table[table["metric"].isna()].set_index("track")
    assert lost["status"].to_dict() == {"rooted": "not_applicable"}
    assert "not told the first stage" in lost.loc["rooted", "message"]


def test_own_pseudotime_stands_beside_that_of_the_embedding(scored):
    found = spearman(scored(ARC, pseudotime=np.zeros(N), told=["root"]))
    assert found["from_embedding"] > 0.95 and np.isnan(found["rooted"])


def test_cells_without_a_stage_are_not_scored(scored):
    staged = TIME < 0.5
    own = {"pseudotime": np.where(staged, TIME, -TIME), "told": ["root"]}
    found = spearman(scored(**own, stages=np.where(staged, STAGES, "")))
    expected = spearmanr(TIME[staged], STAGES[staged].astype(int)).statistic
    assert found == {"rooted": pytest.approx(expected)}


def test_a_collapsed_embedding_has_no_score(scored):
    assert np.isnan(list(spearman(scored(np.ones((N, 3)))).values())).all()


def test_the_order_of_the_file_is_not_found_in_points_that_coincide(scored):
    """Two points that say nothing of the stage; the cells are listed by stage."""
    two = np.tile([[0.0, 0, 0], [1, 0, 0]], (N // 2, 1))
    assert max(np.abs(list(spearman(scored(two)).values()))) < 0.4


@pytest.mark.parametrize(
    ("stages", "reason"),
    [
        (["0"] * N, "the cells are of one stage, or of none"),
        (["0", "1", "2"], "3 cells: a diffusion map needs 5"),
    ],
)
def test_why_there_is_no_score(scored, stages, reason):
    table = scored(ARC[: len(stages)], stages=stages)
    assert set(table["message"]) == {reason} and set(table["status"]) == {"not_applicable"}
