"""``clear-sc embed``, from files of every kind to the embedding that the estimator gives."""

import gzip
import subprocess
import sys

import anndata
import h5py
import numpy as np
import pytest
import scanpy
import scipy.io
from anndata import AnnData
from scipy import sparse

import clear
from clear.files.h5ad import open_expression
from tests.clear.cli.commands import embed


def test_embed_writes_a_copy_with_the_embedding(source, tmp_path):
    before = source.read_bytes()
    assert embed(source, tmp_path / "new" / "out.h5ad", "--seed", "4", "--precision", "bf16") == 0
    out = anndata.read_h5ad(tmp_path / "new" / "out.h5ad")
    assert out.obsm["X_clear"].shape == (25, 50)
    assert (out.uns["clear"]["seed"], out.uns["clear"]["precision"]) == (4, "bf16")
    assert out.uns["clear"]["settings"]["epochs"] == 2
    assert list(out.obs["kept"]) == [f"note {i}" for i in range(25)]
    model = clear.CLEAR(seed=4, epochs=2, device="cpu", precision="bf16")
    expected = model.fit_transform(anndata.read_h5ad(source))
    assert np.array_equal(out.obsm["X_clear"], expected)
    assert source.read_bytes() == before


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_layers_are_read_from_disk_in_every_form(source, tmp_path, form):
    adata = anndata.read_h5ad(source)
    adata.layers["counts"] = form(adata.layers["counts"])
    adata.write_h5ad(tmp_path / "x.h5ad")
    opened = open_expression(tmp_path / "x.h5ad")
    assert not isinstance(opened.layers["counts"], np.ndarray | sparse.spmatrix)
    assert not isinstance(opened.X, np.ndarray)
    assert embed(tmp_path / "x.h5ad", tmp_path / "out.h5ad", "--layer", "counts") == 0
    assert embed(source, tmp_path / "expected.h5ad", "--layer", "counts") == 0
    out, expected = (anndata.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("out", "expected"))
    assert np.array_equal(out.obsm["X_clear"], expected.obsm["X_clear"])


def test_most_variable_genes_on_the_command_line(source, tmp_path):
    assert embed(source, tmp_path / "out.h5ad", "--n-top-genes", "5") == 0
    out = anndata.read_h5ad(tmp_path / "out.h5ad")
    scanpy.pp.highly_variable_genes(out, n_top_genes=5)
    assert list(out.uns["clear"]["genes"]) == list(out.var_names[out.var["highly_variable"]])


def test_raw_counts_in_x(source, tmp_path, capsys):
    adata = anndata.read_h5ad(source)
    raw = AnnData(adata.layers["counts"], layers={"spliced": adata.layers["counts"]})
    raw.write_h5ad(tmp_path / "raw.h5ad")
    assert embed(tmp_path / "raw.h5ad", tmp_path / "out.h5ad") == 2
    assert "on the command line: --counts" in capsys.readouterr().err
    assert embed(source, tmp_path / "expected.h5ad", "--layer", "counts") == 0
    expected = anndata.read_h5ad(tmp_path / "expected.h5ad").obsm["X_clear"]
    for options in (["--counts"], ["--layer", "spliced", "--counts"]):
        assert embed(tmp_path / "raw.h5ad", tmp_path / "out.h5ad", *options) == 0
        out = anndata.read_h5ad(tmp_path / "out.h5ad")
        assert np.array_equal(out.obsm["X_clear"], expected)
        assert np.array_equal(out.X, raw.X)


def test_version_loads_nothing_heavy():
    code = (
        "import sys\nfrom clear.cli import main\n"
        "try:\n    main(['--version'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "assert not {'torch', 'anndata', 'numpy', 'scipy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"clear-sc {clear.__version__}"


def tenx_folder(folder, counts, names):
    """The three files of Cell Ranger."""
    folder.mkdir()
    scipy.io.mmwrite(folder / "matrix.mtx", sparse.csr_matrix(counts.T))
    rows = [f"ENSG{i}\t{name}\tGene Expression\n" for i, name in enumerate(names)]
    (folder / "features.tsv").write_text("".join(rows))
    (folder / "barcodes.tsv").write_text("".join(f"cell{i}\n" for i in range(len(counts))))
    for path in list(folder.iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def tenx_h5(path, counts, names):
    """The file of Cell Ranger 3 and later."""
    matrix = sparse.csc_matrix(counts.T.astype(np.int32))
    text = lambda values: np.array(values, dtype="S")  # noqa: E731
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(matrix, name)
        group["shape"] = matrix.shape
        group["barcodes"] = text([f"cell{i}" for i in range(len(counts))])
        features = group.create_group("features")
        features["id"] = text([f"ENSG{i}" for i in range(len(names))])
        features["name"] = text(names)
        features["feature_type"] = text(["Gene Expression"] * len(names))
        features["genome"] = text(["GRCh38"] * len(names))


@pytest.mark.parametrize("write", [tenx_folder, tenx_h5])
def test_matrices_of_10x_are_embedded_as_counts(source, tmp_path, write):
    counts = anndata.read_h5ad(source).layers["counts"]
    names = [f"gene{i}" for i in range(11)] + ["gene0"]  # one name twice
    write(tmp_path / "tenx", counts, names)
    assert embed(tmp_path / "tenx", tmp_path / "out.h5ad") == 0
    assert embed(source, tmp_path / "expected.h5ad", "--layer", "counts") == 0
    out, expected = (anndata.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("out", "expected"))
    assert np.array_equal(out.obsm["X_clear"], expected.obsm["X_clear"])
    assert list(out.obs_names[:2]) == ["cell0", "cell1"] and out.var_names[-1] == "gene0-1"
    assert np.array_equal(out.X.toarray(), counts)
    assert embed(tmp_path, tmp_path / "out.h5ad") == 2  # another folder


def test_quiet_shows_nothing(source, tmp_path, capfd):
    for option in ([], ["--quiet"]):
        arguments = [source, tmp_path / "out.h5ad", "--preset", "released", *option]
        assert embed(*arguments) == 0
        shown = capfd.readouterr().err.splitlines()
        lines = [line for line in shown if "collapsed" not in line]  # a warning
        assert bool(lines) == (not option), lines


def test_raw_is_trained_on_where_x_is_scaled(source, tmp_path):
    adata = anndata.read_h5ad(source)
    expected = clear.CLEAR(epochs=2, device="cpu").fit_transform(adata.copy())
    adata.raw = adata
    adata.X = adata.X - adata.X.mean(0)
    adata.write_h5ad(tmp_path / "in.h5ad")
    assert embed(tmp_path / "in.h5ad", tmp_path / "out.h5ad", "--use-raw") == 0
    found = anndata.read_h5ad(tmp_path / "out.h5ad").obsm["X_clear"]
    assert np.array_equal(found, expected)
