"""Preparing: filters, normalisation, gene selection, and nothing of the labels left behind."""

import json

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.prepare.quality import quality_table
from clear.benchmark.data.prepare.recipes import RELEASED, settings_of
from clear.benchmark.data.read import read
from clear.benchmark.data.simulate import simulate
from clear.errors import ClearError

SETTINGS = {
    "min_genes": 2,
    "min_cells": 2,
    "max_mito": None,
    "max_ercc": None,
    "target_sum": 1e4,
    "n_top_genes": 2000,
    "hvg_flavor": "seurat",
    "scale": None,
}
COUNTS = np.array(
    [
        [4, 0, 2, 0, 0],
        [1, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],  # no expression
        [0, 0, 9, 0, 0],  # one gene only
        [2, 2, 2, 5, 0],  # the fourth gene is found nowhere else
    ]
)


def dataset(values=COUNTS, unit="counts", genes=None, **obs) -> ad.AnnData:
    obs = {"cell_type": [f"kind{i % 2}" for i in range(len(values))], **obs}
    table = pd.DataFrame(obs, index=[f"original{i}" for i in range(len(values))])
    table["cell_type"] = table["cell_type"].astype("category")
    genes = [f"g{j}" for j in range(values.shape[1])] if genes is None else genes
    var = pd.DataFrame({"gene": genes}, index=genes)
    adata = ad.AnnData(sparse.csr_matrix(values, dtype=np.float32), table, var)
    adata.uns = {"unit": unit, "dataset": "toy"}
    return adata


@pytest.fixture
def run(tmp_path):
    """Prepare a dataset; return the input, the truth (both in original order), the record."""

    def run(
        adata,
        tasks=("clustering",),
        recipe="standard",
        organism=None,
        perturbation="none",
        **settings,
    ):
        adata.write_h5ad(tmp_path / "dataset.h5ad")
        card = {"id": "toy", "tasks": list(tasks), "organism": organism}
        outs = [tmp_path / "out" / name for name in ("input.h5ad", "truth.tsv", "prepare.json")]
        base = SETTINGS if recipe == "standard" else settings_of(recipe, SETTINGS, {})
        prepare(card, tmp_path / "dataset.h5ad", *outs, base | settings, recipe, perturbation)
        truth = pd.read_csv(outs[1], sep="\t", dtype=str, keep_default_na=False)
        truth = truth.sort_values("name", key=lambda s: s.map(adata.obs_names.get_loc))
        data = ad.read_h5ad(outs[0])[truth["cell"].to_numpy()]
        return data, truth.reset_index(drop=True), json.loads(outs[2].read_text())

    run.folder = tmp_path
    return run


@pytest.fixture
def quality(tmp_path):
    """Return the table of the cells of the dataset that was prepared last."""

    def quality(settings, organism=None):
        card = {"id": "toy", "tasks": ["clustering"], "organism": organism}
        quality_table(card, tmp_path / "dataset.h5ad", tmp_path / "qc.tsv", settings)
        return pd.read_csv(tmp_path / "qc.tsv", sep="\t")

    return quality


def steps(record) -> list[tuple]:
    keys = ("filter", "applied", "cells_lost", "genes_lost", "cells", "genes")
    return [tuple(step[key] for key in keys) for step in record["filters"]]


def test_filters_and_normalisation_by_hand(run):
    data, truth, record = run(dataset())
    kept = COUNTS[[0, 1, 4]][:, [0, 1, 2]].astype(float)
    assert truth["name"].tolist() == ["original0", "original1", "original4"]
    assert truth["cell_type"].tolist() == ["kind0", "kind1", "kind0"]
    assert sorted(truth["cell"]) == ["cell_000000", "cell_000001", "cell_000002"]
    assert list(data.var_names) == ["g0", "g1", "g2"]
    assert (data.layers["counts"].toarray() == kept).all()
    expected = np.log(1 + kept / kept.sum(axis=1, keepdims=True) * 1e4)
    np.testing.assert_allclose(data.X.toarray(), expected, rtol=1e-5)
    for matrix in (data.X, data.layers["counts"]):
        assert matrix.format == "csr" and matrix.dtype == np.float32
    assert record["cells"] == {"before": 5, "after": 3}
    assert record["genes"] == {"before": 5, "after": 3}
    assert steps(record) == [
        ("min_genes", True, 2, 0, 3, 5),  # the cell without expression, the one with one gene
        ("min_cells", True, 0, 2, 3, 3),
        ("no_expression", True, 0, 0, 3, 3),
    ]
    assert record["types"] == {"kind0": 2, "kind1": 1} and record["lost_types"] == []
    assert data.var["highly_variable"].all() and record["highly_variable"] == 3
    assert dict(data.uns) == {"unit": "counts", "scale": "log1p"}


def test_median_as_target_sum(run):
    data, _, _ = run(dataset(), target_sum=None)
    kept = COUNTS[[0, 1, 4]][:, [0, 1, 2]].astype(float)
    sums = kept.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(data.X.toarray(), np.log1p(kept / sums * np.median(sums)), rtol=1e-5)


@pytest.mark.parametrize(
    ("unit", "log", "back"),
    [("log1p", np.log1p, np.expm1), ("log2p1", lambda x: np.log2(1 + x), lambda x: 2**x - 1)],
)
def test_logged_units_are_not_logged_again(run, unit, log, back):
    linear = np.random.default_rng(0).gamma(0.5, 20, (30, 12)) + 0.1
    published = log(linear)
    data, _, record = run(dataset(published, unit))
    np.testing.assert_allclose(data.layers["counts"].toarray(), back(published), rtol=1e-4)
    np.testing.assert_allclose(data.X.toarray(), np.log(1 + linear), rtol=1e-5)
    assert record["normalisation"].startswith("none")


def test_cell_whose_genes_are_all_filtered(run):
    counts = np.ones((6, 4), dtype=int)
    counts[:5, 2:] = 0
    counts[5, :2] = 0  # the last cell alone has the last two genes
    data, truth, record = run(dataset(counts))
    assert data.shape == (5, 2) and "original5" not in set(truth["name"])
    assert steps(record)[-1] == ("no_expression", True, 1, 0, 5, 2)


def test_lost_type_is_noted(run):
    _, _, record = run(dataset(cell_type=["a", "a", "a", "rare", "b"]))
    assert record["lost_types"] == ["rare"] and record["types"]["rare"] == 0


def test_min_genes_beyond_a_gene_panel(run):
    with pytest.raises(ClearError) as caught:
        run(dataset(), min_genes=200)
    message = str(caught.value)
    assert "prepare.min_genes" in message and "200" in message and "'toy'" in message
    assert "5 genes in the file, the richest cell has 4" in message
    assert list(run.folder.glob("out/*")) == []


def test_min_cells_beyond_the_cells(run):
    with pytest.raises(ClearError, match="prepare.min_cells"):
        run(dataset(), min_cells=50)


@pytest.mark.parametrize("flavor", ["seurat", "seurat_v3"])
def test_highly_variable_genes_are_those_of_scanpy(run, flavor):
    source = simulate(300, 400, 3, seed=1)
    source.uns["unit"] = "counts"
    data, truth, record = run(source, n_top_genes=50, hvg_flavor=flavor)
    by_hand = ad.AnnData(source[truth["name"].to_numpy(), data.var_names].X.copy())
    if flavor == "seurat":  # v3 chooses on counts
        sc.pp.normalize_total(by_hand, target_sum=1e4)
        sc.pp.log1p(by_hand)
    sc.pp.highly_variable_genes(by_hand, n_top_genes=50, flavor=flavor)
    assert record["highly_variable"] == 50
    agree = data.var["highly_variable"].to_numpy() == by_hand.var["highly_variable"].to_numpy()
    assert agree.mean() > 0.99  # the order of the cells changes the last digit of the means


def test_seurat_v3_refuses_what_is_no_counts(run):
    with pytest.raises(ClearError, match=r"prepare.hvg_flavor is seurat_v3.*unit here is tpm"):
        run(dataset(unit="tpm"), hvg_flavor="seurat_v3")


def test_scale_is_a_clipped_z_score_of_the_logarithms(run):
    source = simulate(200, 40, 3, seed=1)
    plain, _, _ = run(source)
    scaled, _, record = run(source, scale=1.5)
    assert scaled.uns["scale"] == "z-scores"
    X = plain.X.toarray().astype(float)
    expected = np.clip((X - X.mean(axis=0)) / X.std(axis=0, ddof=1), -1.5, 1.5)
    np.testing.assert_allclose(scaled.X.toarray(), expected, atol=1e-4)
    assert scaled.X.format == "csr" and scaled.X.dtype == np.float32
    assert (scaled.layers["counts"] != plain.layers["counts"]).nnz == 0
    assert "z-scores of each gene, clipped at 1.5" in record["normalisation"]


def test_a_gene_that_never_varies_is_zero_after_scaling(run):
    values = np.random.default_rng(0).gamma(0.5, 2, (30, 60))
    values[:, :50] = np.linspace(0.1, 8, 50)  # scanpy makes NaN of every other one
    data, _, _ = run(dataset(values, "log1p"), scale=10, min_genes=1)
    assert data.n_vars == 60 and (data.X.toarray()[:, :50] == 0).all()
    np.testing.assert_allclose(data.X.toarray()[:, 50:].std(axis=0, ddof=1), 1, rtol=1e-5)


def test_genes_that_scanpy_cannot_choose(run):
    # Half of all genes have the same mean, where percentiles of means are the edges of bins.
    values = np.random.default_rng(0).poisson(2, (60, 80)).astype(float)
    values[:, :60] = [[k % 3] * 60 for k in range(60)]
    with pytest.raises(ClearError) as caught:
        run(dataset(values, unit="log1p"), hvg_flavor="cell_ranger", n_top_genes=10)
    message = str(caught.value)
    assert "'toy'" in message and "prepare.hvg_flavor cell_ranger" in message
    assert "Set another hvg_flavor, or n_top_genes of at least 80" in message
    _, _, record = run(dataset(values, unit="log1p"), n_top_genes=30)
    found = record["highly_variable"]
    assert found != 30
    assert f"; {found} highly variable genes in place of 30, since " in record["normalisation"]


# Four genes of the nucleus whose names look like the others, two mitochondrial, one spike-in.
NAMES = ["MT1A", "ERCC1", "MTOR", "g3", "MT-CO1", "mt-Nd1", "ERCC-00002"]
SHARED = np.array(
    [
        [4, 3, 2, 1, 0, 0, 0],
        [4, 3, 2, 0, 1, 0, 0],  # mitochondrial 1 of 10
        [2, 2, 2, 2, 1, 1, 0],  # 2 of 10
        [4, 1, 1, 1, 0, 1, 2],  # 1 of 10; spike-ins 2 of 10
        [1, 1, 1, 0, 0, 0, 7],  # spike-ins 7 of 10
    ]
)


def test_shares_and_their_filters_by_hand(run, quality):
    source = dataset(SHARED, genes=NAMES)
    _, truth, record = run(source, max_mito=0.2, max_ercc=0.5)
    assert truth["name"].tolist() == ["original0", "original1", "original3"]
    assert steps(record)[:4] == [
        ("min_genes", True, 0, 0, 5, 7),
        ("max_mito", True, 1, 0, 4, 7),
        ("max_ercc", True, 1, 0, 3, 7),
        ("min_cells", True, 0, 3, 3, 4),  # MT-CO1, mt-Nd1, ERCC-00002 are in one cell each
    ]
    settings = {
        "standard": SETTINGS | {"max_mito": 0.2, "max_ercc": 0.5},
        "released": settings_of("released", SETTINGS, {"min_genes": 2, "min_cells": 1}),
    }
    table = quality(settings)
    assert table["cell"].tolist() == list(source.obs_names)
    assert table["genes"].tolist() == (SHARED > 0).sum(axis=1).tolist()
    assert table["total"].tolist() == [10] * 5
    np.testing.assert_allclose(table["mito_share"], [0, 0.1, 0.2, 0.1, 0])
    np.testing.assert_allclose(table["ercc_share"], [0, 0, 0, 0.2, 0.7])
    assert table["standard"].tolist() == ["kept", "kept", "max_mito", "kept", "max_ercc"]
    # The released code sees MT-CO1 alone, and takes 5 % and 10 %.
    assert table["released"].tolist() == ["kept", "max_mito", "max_mito", "max_ercc", "max_ercc"]


def test_a_share_of_logarithms_is_taken_on_the_linear_scale(run, quality):
    run(dataset(np.log2(1 + SHARED), "log2p1", NAMES))
    table = quality({"standard": SETTINGS})
    np.testing.assert_allclose(table["mito_share"], [0, 0.1, 0.2, 0.1, 0], rtol=1e-4)


@pytest.mark.parametrize(
    ("organism", "genes", "share"),
    [
        ("Homo sapiens", ["ENSG00000198888.2", "ENSG00000210049"], 0.5),
        ("Mus musculus", ["ENSMUSG00000065947", "ENSMUSG00000064336.1"], 0.5),
        (None, ["ENSMUSG00000064372", "ENSG00000228253"], 0.5),
        ("Homo sapiens", ["ENSMUSG00000064362", "ENSG00000000003"], None),
        ("Danio rerio", ["mt-nd1", "mt-co1"], None),
    ],
)
def test_mitochondrial_genes_by_id_and_organism(run, quality, organism, genes, share):
    source = dataset(np.full((4, 4), 3), genes=[*genes, "g2", "g3"])
    _, truth, record = run(source, organism=organism, max_mito=0.4 if share is None else 0.6)
    step = next(step for step in record["filters"] if step["filter"] == "max_mito")
    assert len(truth) == 4 and step["applied"] == (share is not None)
    shares = quality({"standard": SETTINGS}, organism)["mito_share"]
    assert shares.isna().all() if share is None else (shares == share).all()


def test_a_filter_on_what_the_file_does_not_hold_is_not_applicable(run):
    _, truth, record = run(dataset(), max_mito=0.01, max_ercc=0.01)
    assert len(truth) == 3
    reasons = {step["filter"]: step.get("reason") for step in record["filters"]}
    assert "no gene has a mitochondrial name" in reasons["max_mito"]
    assert "no gene is an ERCC spike-in" in reasons["max_ercc"]
    _, _, record = run(dataset(), max_mito=0.01, organism="Danio rerio")
    assert record["filters"][1]["reason"] == "the mitochondrial genes of Danio rerio are not listed"


def test_a_filter_that_takes_every_cell_names_its_setting(run):
    with pytest.raises(ClearError, match=r"prepare.max_mito of 0.1; the lowest is 0.5"):
        run(dataset(np.full((4, 4), 3), genes=["MT-CO1", "MT-CO2", "a", "b"]), max_mito=0.1)


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


def test_the_input_names_neither_the_dataset_nor_a_batch(run):
    source = dataset(batch=["p", "q", "p", "q", "p"])
    source.obs["batch"] = source.obs["batch"].astype("category")
    data, truth, _ = run(source, tasks=("clustering", "batch"))
    assert truth["batch"].tolist() == ["p", "q", "p"]
    assert list(data.obs) == [] and list(data.var) == ["highly_variable"]
    assert set(data.uns) == {"unit", "scale"}


def test_stages_are_numbers_and_may_be_missing(run):
    source = dataset()
    names = ["late", None, "late", "late", "early"]
    source.obs["stage"] = pd.Categorical(names, categories=["early", "late"], ordered=True)
    data, truth, _ = run(source)
    assert truth["stage"].tolist() == ["1", "", "0"]
    assert list(data.obs) == []


def test_cells_are_shuffled_the_same_way_each_time(run):
    source = simulate(200, 50, 2)
    source.obs = source.obs.sort_values("cell_type")
    first, truth, _ = run(source)
    again, _, _ = run(source)
    assert (first.X != again.X).nnz == 0 and first.obs_names.equals(again.obs_names)
    in_order = truth.sort_values("cell")["cell_type"]
    assert 50 < (in_order.to_numpy()[:100] == in_order.to_numpy()[100:]).sum() + 25 < 100


def strings(path) -> list[str]:
    """Every string in an HDF5 file: names, attributes and datasets, but not the gene names."""
    found = []

    def add(value):
        array = np.asarray(value)
        if array.dtype.kind in "OSU":
            found.extend(v.decode() if isinstance(v, bytes) else str(v) for v in array.ravel())

    def visit(name, node):
        found.append(name)
        for key, value in node.attrs.items():
            found.append(key)
            add(value)
        if isinstance(node, h5py.Dataset) and name != "var/_index":
            add(node[()])

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


@pytest.mark.parametrize("name", ["yan", "deng", "pollen"])
def test_real_data_hides_labels_and_names(shared_data, tmp_path, name):
    card = {"id": name, "unit": "rpkm" if name == "yan" else "counts", "reader": "sce"}
    card |= {"label": "x", "files": [{"name": "none.rds", "urls": []}], "tasks": ["clustering"]}
    fetch(card, tmp_path / "source", tmp_path, shared_data)
    read(card, tmp_path / "source", tmp_path / "dataset.h5ad", tmp_path / "read.json")
    outs = [tmp_path / file for file in ("input.h5ad", "truth.tsv", "prepare.json")]
    paper = SETTINGS | {"min_genes": 200, "min_cells": 3}
    prepare(card, tmp_path / "dataset.h5ad", *outs, paper, "standard", "none")
    truth = pd.read_csv(outs[1], sep="\t")
    source = ad.read_h5ad(shared_data / f"{name}.h5ad")
    assert len(truth) == source.n_obs and set(truth["name"]) == set(source.obs_names)
    assert (source.obs.loc[truth["name"], "cell_type"].to_numpy() == truth["cell_type"]).all()
    secrets = set(truth["name"]) | set(truth["cell_type"])
    texts = strings(outs[0])
    assert "cell_000000" in texts
    assert [t for t in texts if t != name and any(s.lower() in t.lower() for s in secrets)] == []
    raw = outs[0].read_bytes()
    # Shorter names occur in compressed numbers by chance.
    assert [s for s in truth["name"] if len(s) > 5 and s.encode() in raw] == []
    data = ad.read_h5ad(outs[0])
    assert data.var["highly_variable"].sum() == 2000
    np.testing.assert_allclose(np.expm1(data.X).sum(axis=1), 1e4, rtol=1e-4)
