"""Dropout of a prepared dataset: which values go, and what goes with them."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.simulate import simulate
from clear.errors import ClearError
from tests.data.prepare.preparing import dataset


@pytest.mark.parametrize("recipe", ["standard", "released"])
def test_dropout_zeroes_a_share_of_what_the_filters_left(run, recipe):
    source = simulate(300, 500, 3, seed=1)
    source.uns["unit"] = "counts"
    settings = {"min_genes": 420}
    plain, truth, record = run(source, recipe=recipe, **settings)
    assert len(truth) > 100 and record["filters"][0]["cells_lost"] > 0
    for percent in (30, 80):  # of 420 genes at the least, fewer are left
        name = f"dropout_{percent}"
        data, same, its = run(source, recipe=recipe, perturbation=name, **settings)
        pd.testing.assert_frame_equal(same, truth)
        step = its["filters"].pop()
        assert its["filters"] == record["filters"] and its["perturbation"] == name
        before, after = plain.layers["counts"], data.layers["counts"]
        assert step["of"] == before.nnz and step["zeroed"] == (before.nnz * percent + 50) // 100
        assert after.nnz == step["of"] - step["zeroed"]
        assert data.n_vars == its["genes"]["after"] == plain.n_vars - step["genes_lost"]
        there = plain[:, data.var_names].layers["counts"].toarray()
        assert (after.toarray()[after.toarray() > 0] == there[after.toarray() > 0]).all()
        if recipe == "standard":  # everything else follows from the values that are left
            expected = np.log1p(after.toarray() / after.sum(axis=1) * 1e4)
            np.testing.assert_allclose(data.X.toarray(), expected, rtol=1e-5)


def test_dropout_of_logarithms_is_of_the_same_entries(run):
    counts = simulate(60, 80, 3, seed=1).X.toarray()
    linear, truth, _ = run(dataset(counts), perturbation="dropout_60")
    logged, same, _ = run(dataset(np.log2(1 + counts), "log2p1"), perturbation="dropout_60")
    pd.testing.assert_frame_equal(same, truth)
    expected = linear.layers["counts"].toarray()
    np.testing.assert_allclose(logged.layers["counts"].toarray(), expected, rtol=1e-4)
    np.testing.assert_allclose(logged.X.toarray(), np.log1p(expected), rtol=1e-4, atol=1e-6)


def test_a_cell_or_gene_that_dropout_leaves_nothing_is_taken_out(run):
    counts = np.kron(np.eye(30, dtype=int), np.ones((2, 2), dtype=int))  # two values each
    _, truth, _ = run(dataset(counts))
    data, left, record = run(dataset(counts), perturbation="dropout_60")
    step = record["filters"][-1]
    assert step["filter"] == "dropout" and step["zeroed"] == 72 and data.X.nnz == 48
    assert 0 < step["cells_lost"] == 60 - len(left) and 0 < step["genes_lost"] == 60 - data.n_vars
    assert record["cells"] == {"before": 60, "after": len(left)}
    assert (data.X.getnnz(axis=1) > 0).all() and (data.X.getnnz(axis=0) > 0).all()
    names = dict(zip(truth["cell"], truth["name"], strict=True))
    assert left["name"].tolist() == [names[cell] for cell in left["cell"]]
    with pytest.raises(ClearError, match="dropout_99 leaves none of its 6 non-zero values"):
        run(dataset(np.ones((3, 2))), perturbation="dropout_99")
