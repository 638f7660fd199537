"""Everything else in a file stays as it was, whoever wrote it."""

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.cli import main
from tests.clear.cli.commands import cluster, elements, embed


def test_everything_else_in_the_file_stays(tmp_path):
    counts = sparse.csr_matrix(np.random.default_rng(0).poisson(1.0, (25, 12)))
    adata = AnnData(counts, layers={"kept": counts.astype(np.uint8)})
    adata.obs["text"] = [f"note {i}" for i in range(25)]
    adata.obs["type"] = np.repeat(["b", "a", "c", "a", "b"], 5)
    adata.obs["type"] = adata.obs["type"].astype("category").cat.reorder_categories(list("cab"))
    adata.obsm["X_pca"] = np.ones((25, 2))
    adata.obsp["near"] = sparse.eye(25, format="csr")
    adata.uns["note"] = {"source": "somewhere", "numbers": np.arange(3)}
    adata.raw = adata[:, :5].copy()
    adata.write_h5ad(tmp_path / "in.h5ad", compression="gzip")
    expected = elements(tmp_path / "in.h5ad")
    assert len(expected) > 20
    assert embed(tmp_path / "in.h5ad", tmp_path / "out.h5ad", "--counts") == 0
    assert elements(tmp_path / "out.h5ad") == expected
    assert embed(tmp_path / "out.h5ad", tmp_path / "out.h5ad", "--counts", "--seed", "1") == 0
    assert elements(tmp_path / "out.h5ad") == expected
    out = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert out.uns["clear"]["seed"] == 1
    assert main(["cluster", *[str(tmp_path / "out.h5ad")] * 2, "--n-clusters", "2"]) == 0
    found = elements(tmp_path / "out.h5ad")
    assert {name: found[name] for name in expected} == expected
    out = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert list(out.obs.columns) == ["text", "type", "clear"]
    assert list(out.obs["type"].cat.categories) == ["c", "a", "b"]
    assert list(out.obsm) == ["X_clear", "X_pca"]


def test_columns_with_missing_text_foreign_groups_and_wide_pointers(source, tmp_path):
    """What other programs write: nullable strings, categories without cells, HDFArray's groups."""
    adata = anndata.read_h5ad(source)
    adata.X = sparse.csr_matrix(adata.X)
    adata.obs["type"] = pd.array(["a", None, *"bcdab" * 4, *"abc"], dtype="string")
    adata.obs["few"] = pd.Categorical(["a"] * 25, categories=["a", "never"])
    with anndata.settings.override(allow_write_nullable_strings=True):
        adata.write_h5ad(tmp_path / "in.h5ad")
    with h5py.File(tmp_path / "in.h5ad", "r+") as file:
        pointers = file["X/indptr"][()].astype(np.uint64)
        del file["X/indptr"]
        file["X/indptr"] = pointers
        file["__DATA_TYPES__/Enum_Boolean"] = np.array([0, 1], dtype=np.int8)
    before = elements(tmp_path / "in.h5ad")
    assert embed(tmp_path / "in.h5ad", tmp_path / "out.h5ad") == 0
    assert cluster(tmp_path / "out.h5ad", tmp_path / "out.h5ad", "--n-clusters", "3") == 0
    after = elements(tmp_path / "out.h5ad")
    assert {name: after[name] for name in before if "column-order" not in name} == before
    with h5py.File(tmp_path / "out.h5ad") as file:
        obs = anndata.io.read_elem(file["obs"])
    assert list(obs.columns) == ["kept", "type", "few", "clear"]
    assert obs["type"].isna().sum() == 1
    assert list(obs["few"].cat.categories) == ["a", "never"]
