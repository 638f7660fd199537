"""Bioconductor files: a small one with every awkward part, genuine ones, and two real ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.readers.sce import read_sce
from clear.errors import ClearError

SMALL = Path(__file__).with_name("sce_small.rds")  # made by sce_small.R
COUNTS = [[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]]


def test_assay_follows_the_unit_unless_named():
    logged = read_sce({"matrix": [SMALL]}, "log1p").X.toarray()
    np.testing.assert_allclose(logged, np.log1p(COUNTS))
    assert (read_sce({"matrix": [SMALL]}, "log1p", "counts").X.toarray() == COUNTS).all()


def test_assay_that_is_not_there():
    with pytest.raises(ClearError, match=r"no assay 'normcounts'.*counts, logcounts, ranks"):
        read_sce({"matrix": [SMALL]}, "tpm")


def test_assay_that_is_no_matrix():
    with pytest.raises(ClearError, match="'ranks'.*only dense matrices and those"):
        read_sce({"matrix": [SMALL]}, "counts", "ranks")


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_incomplete_file(tmp_path, share):
    content = SMALL.read_bytes()
    broken = tmp_path / "broken.rds"
    broken.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ClearError, match=r"broken\.rds cannot be read as an R file"):
        read_sce({"matrix": [broken]}, "counts")


def test_file_that_is_no_r_file(tmp_path):
    text = tmp_path / "text.rds"
    text.write_text("gene\tcell\n")
    with pytest.raises(ClearError, match=r"text\.rds cannot be read as an R file"):
        read_sce({"matrix": [text]}, "counts")


def test_r_file_without_a_single_cell_experiment(shared_data):
    with pytest.raises(ClearError, match="holds no Bioconductor SingleCellExperiment"):
        read_sce({"matrix": [shared_data / "native" / "yan.rda"]}, "rpkm")


def test_real_object_in_both_formats(shared_data):
    one, two = (
        read_sce({"matrix": [shared_data / "native" / f"sce_pollen.{kind}"]}, "log1p", "exprs")
        for kind in ("rds", "rda")
    )
    assert one.shape == (249, 6982)
    assert one.obs["true_labs"].nunique() == 11
    assert (one.X != two.X).nnz == 0
    assert one.obs.equals(two.obs) and one.var.equals(two.var)
    assert one.obs_names[0] == "S1" and one.var_names[0] == "G1"
    assert round(one.X.sum(), 4) == 2711586.2633  # in R


def truth(folder, name) -> np.ndarray:
    """Return cells x genes as R has them."""
    table = pd.read_csv(folder / f"{name}.tsv", sep="\t", index_col=0, float_precision="round_trip")
    return table.to_numpy(float).T


@pytest.mark.parametrize("unit", ["counts", "log2p1", "tpm"])
@pytest.mark.parametrize("name", ["genuine.rds", "genuine_ranges.rds"])
def test_genuine_object(bioconductor_files, name, unit):
    adata = read_sce({"matrix": [bioconductor_files / name]}, unit)
    assay = {"counts": "counts", "log2p1": "logcounts", "tpm": "normcounts"}[unit]
    expected = truth(bioconductor_files, f"genuine_{assay}")
    np.testing.assert_array_equal(adata.X.toarray(), expected)
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert list(adata.var_names) == ["g1", "g2", "g3", "g4", "g5"]


def test_columns_of_a_genuine_object(bioconductor_files):
    obs = read_sce({"matrix": [bioconductor_files / "genuine.rds"]}, "counts").obs
    expected = pd.read_csv(bioconductor_files / "genuine_cells.tsv", sep="\t", dtype=str)
    assert list(obs) == list(expected)  # a table inside the table is no column
    for name in ("cell_type1", "batch", "run", "cluster"):
        assert obs[name].tolist() == expected[name].replace(np.nan, None).tolist()
    assert obs["number"].tolist() == expected["number"].astype(float).tolist()
    assert obs["passed"].tolist() == (expected["passed"] == "TRUE").tolist()


def test_symbols_and_identifiers_of_a_genuine_object(bioconductor_files):
    var = read_sce({"matrix": [bioconductor_files / "genuine.rds"]}, "counts").var
    assert var["feature_symbol"].tolist() == ["TP53", "ACTB", None, "CD4", "CD8A"]
    assert var["gene_symbol"].tolist() == ["TP53", "ACTB", "g3", "CD4", "CD8A"]
    assert var["gene_id"].tolist() == [f"ENSG0{i}" for i in range(1, 6)]
    assert "length" not in var  # numbers do not name genes


def test_genes_without_names_have_their_symbols(bioconductor_files):
    adata = read_sce({"matrix": [bioconductor_files / "genuine_summarized.rda"]}, "counts")
    expected = truth(bioconductor_files, "genuine_counts")
    assert (adata.X.toarray() == expected).all()
    assert list(adata.var_names) == ["TP53", "ACTB", "", "CD4", "CD8A"]


@pytest.mark.parametrize("mode", ["lockedEnvironment", "list"])
def test_object_from_before_2017(bioconductor_files, mode):
    path = bioconductor_files / f"genuine_{mode}.rds"
    adata = read_sce({"matrix": [path]}, "log2p1", "exprs")
    np.testing.assert_array_equal(adata.X.toarray(), truth(bioconductor_files, "genuine_logcounts"))
    counts = read_sce({"matrix": [path]}, "counts")
    assert (counts.X.toarray() == truth(bioconductor_files, "genuine_counts")).all()
    assert adata.obs["cell_type1"].to_dict() == {"c1": "u", "c2": "v", "c3": "u", "c4": "v"}
    assert adata.var["gene_symbol"].to_dict() == dict(
        zip(["g1", "g2", "g3", "g4", "g5"], "abcde", strict=True)
    )
