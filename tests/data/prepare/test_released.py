"""The recipe of the released code, beside its steps in scanpy."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc

from clear.benchmark.data.prepare.recipes import RELEASED, settings_of
from tests.data.prepare.preparing import dataset


def released_by_hand(source) -> ad.AnnData:
    """What the public code does to counts, step by step, with scanpy."""
    data = ad.AnnData(source.X.copy(), source.obs[[]].copy(), pd.DataFrame(index=source.var_names))
    sc.pp.filter_cells(data, min_genes=200)
    sc.pp.filter_genes(data, min_cells=3)
    data.var["mt"] = data.var_names.str.startswith("MT-")
    data.var["spike"] = data.var_names.str.startswith("ERCC-")
    sc.pp.calculate_qc_metrics(
        data, qc_vars=["mt", "spike"], percent_top=None, log1p=False, inplace=True
    )
    good = (data.obs["pct_counts_mt"] < 5) & (data.obs["pct_counts_spike"] < 10)
    data = data[good].copy()
    if data.X.max() > 100:
        sc.pp.log1p(data)
        sc.pp.highly_variable_genes(data, min_mean=0.0125, max_mean=3, min_disp=0.5)
        data = data[:, data.var["highly_variable"]].copy()
    sc.pp.normalize_total(data, target_sum=1e4, exclude_highly_expressed=True)
    return data


@pytest.mark.parametrize(("highest", "logged"), [(400, True), (100, False)])
def test_released_is_scanpy_in_the_order_of_the_public_code(run, highest, logged):
    random = np.random.default_rng(0)
    means = random.gamma(1, 1.2, (3, 500))[np.arange(150) % 3]
    counts = random.poisson(means)
    counts[:, 0], counts[:, 1] = random.integers(0, 60, 150), random.integers(0, 90, 150)
    counts[3, 40] = highest
    names = ["MT-CO1", "ERCC-00002", *(f"g{j}" for j in range(2, 500))]
    source = dataset(counts, genes=names)
    data, truth, record = run(source, recipe="released")
    expected = released_by_hand(source)
    assert truth["name"].tolist() == list(expected.obs_names)
    assert 20 < len(truth) < 150
    chosen = data.var_names[data.var["highly_variable"]]
    assert set(chosen) == set(expected.var_names)
    assert (len(chosen) < data.n_vars) == logged
    np.testing.assert_allclose(
        data[:, expected.var_names].X.toarray(), expected.X.toarray(), rtol=1e-4, atol=1e-4
    )
    assert data.layers["counts"].sum() == source[truth["name"], data.var_names].X.sum()
    assert record["normalisation"].startswith("log(1 + x) of the" if logged else "no logarithm")
    order = ["min_genes", "min_cells", "max_mito", "max_ercc", "no_expression"]
    assert [step["filter"] for step in record["filters"]] == order
    assert record["recipe"] == "released" and data.uns["scale"] == "released"


def test_released_takes_published_logarithms_as_they_are(run):
    values = np.log1p(np.random.default_rng(0).gamma(0.5, 20, (30, 12)) + 0.1)
    data, truth, record = run(dataset(values, "log1p"), recipe="released", min_genes=2)
    (rows,) = [[int(name.removeprefix("original")) for name in truth["name"]]]
    heavy = (values > 0.05 * values.sum(axis=1, keepdims=True)).any(axis=0)
    assert heavy.all()  # each gene is above 5 % of some cell: nothing to scale by, as in scanpy
    np.testing.assert_allclose(data.X.toarray(), values[rows], rtol=1e-5)
    np.testing.assert_allclose(data.layers["counts"].toarray(), np.expm1(values[rows]), rtol=1e-4)
    assert data.var["highly_variable"].all()
    assert "no published value (log1p) is above 100" in record["normalisation"]


def test_settings_of_a_recipe():
    run_settings, card = {"min_genes": 200, "max_mito": None, "scale": 10}, {"min_genes": 50}
    card["max_mito"] = 0.2
    assert settings_of("standard", run_settings, card) == card | {"scale": 10}
    assert settings_of("released", run_settings, card) == RELEASED | {"min_genes": 50, "scale": 10}
