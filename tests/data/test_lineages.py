"""Simulated lineages: the order is in the counts, branches part after the middle."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from clear.benchmark.cards import load_cards
from clear.benchmark.data.lineages import simulate_lineages
from clear.benchmark.schemas import read_schemas
from clear.errors import ClearError

SIZE = {"cells": 600, "genes": 400, "stages": 6}


def logged(adata):
    X = adata.X.toarray()
    return np.log1p(X / X.sum(axis=1, keepdims=True) * 1e4)


def centre(adata, stage, branch=None):
    names = adata.obs["cell_type"]
    chosen = names.str.startswith(f"stage_{stage}")
    if branch is not None:
        chosen &= names.str.endswith(f"branch {branch}")
    return logged(adata)[chosen.to_numpy()].mean(axis=0)


def test_a_path_has_balanced_stages_and_times_within_them():
    adata = simulate_lineages(**SIZE, branches=1)
    assert adata.shape == (600, 400) and adata.uns["unit"] == "counts"
    stage = adata.obs["stage"].str.removeprefix("stage_").astype(int)
    assert (stage.value_counts() == 100).all()
    assert (np.floor(adata.obs["time"] * 6) == stage).all()
    assert (adata.obs["cell_type"] == adata.obs["stage"]).all()
    # the distance from the first stage grows with the number of steps between
    apart = [np.linalg.norm(centre(adata, 0) - centre(adata, s)) for s in range(6)]
    assert spearmanr(apart, range(6)).statistic > 0.9


def test_branches_share_their_first_half_and_part_then():
    adata = simulate_lineages(**SIZE, branches=2)
    assert adata.obs["cell_type"].nunique() == 3 + 2 * 3
    last = [centre(adata, 5, branch) for branch in (0, 1)]
    step = np.linalg.norm(centre(adata, 1) - centre(adata, 2))
    assert np.linalg.norm(last[0] - last[1]) > 1.5 * step


def test_the_same_arguments_give_the_same_counts():
    one, two = (simulate_lineages(**SIZE, branches=2, seed=3) for _ in range(2))
    assert (one.X != two.X).nnz == 0
    assert (one.X != simulate_lineages(**SIZE, branches=2, seed=4).X).nnz > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stages": 1}, "2 stages or more, not 1"),
        ({"cells": 11, "branches": 2}, "11 cells are too few for 6 stages of 2 branches"),
    ],
)
def test_what_cannot_be_simulated(changes, words):
    with pytest.raises(ClearError, match=words):
        simulate_lineages(**{**SIZE, "branches": 1, **changes})


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ", branches: 2",
        ", branches: 2, stages: 3, types: 2",
        ", branches: 2, stages: 3, batches: 2",
    ],
)
def test_a_card_simulates_types_or_branches_of_stages(repository, tmp_path, wrong):
    (tmp_path / "datasets").mkdir()
    card = "id: mine\ntitle: Mine\nunit: counts\ntasks: [clustering]\n"
    card += f"simulate: {{cells: 9, genes: 9{wrong}}}\n"
    (tmp_path / "datasets/mine.yaml").write_text(card)
    schema = read_schemas(repository)["dataset"]
    with pytest.raises(ClearError, match="either types or, for a lineage, branches and stages"):
        load_cards("datasets", [tmp_path], schema)
