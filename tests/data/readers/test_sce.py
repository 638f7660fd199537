"""Bioconductor files: a small one with every awkward part, and two real ones."""

from pathlib import Path

import numpy as np
import pytest

from clear.benchmark.data.readers.sce import read_sce
from clear.errors import ClearError

SMALL = Path(__file__).with_name("sce_small.rds")  # made by sce_small.R
COUNTS = [[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]]


def test_sparse_counts_and_names():
    adata = read_sce({"matrix": [SMALL]}, "counts")
    assert adata.X.format == "csr"
    assert adata.X.toarray().tolist() == COUNTS
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert list(adata.var_names) == ["g1", "g2", "g3"]


def test_factor_and_missing_values():
    obs = read_sce({"matrix": [SMALL]}, "counts").obs
    assert obs["label"].tolist() == ["b", None, "a", "a"]
    assert obs["age"].isna().tolist() == [False, True, False, False]
    assert "nested" not in obs  # an R list is no column


def test_assay_follows_the_unit_unless_named():
    logged = read_sce({"matrix": [SMALL]}, "log1p").X.toarray()
    np.testing.assert_allclose(logged, np.log1p(COUNTS))
    assert (read_sce({"matrix": [SMALL]}, "log1p", "counts").X.toarray() == COUNTS).all()


def test_assay_that_is_not_there():
    with pytest.raises(ClearError, match=r"no assay 'normcounts'.*counts, logcounts, ranks"):
        read_sce({"matrix": [SMALL]}, "tpm")


def test_assay_that_is_no_matrix():
    with pytest.raises(ClearError, match="'ranks'.*only dense matrices and dgCMatrix"):
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
