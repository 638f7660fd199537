"""The command ``clear``, from files to files."""

import subprocess
import sys

import anndata
import numpy as np
import pytest
from anndata import AnnData

import clear
from clear.cli import main


@pytest.fixture
def source(tmp_path):
    """A small log-normalised .h5ad with counts beside it."""
    counts = np.random.default_rng(0).poisson(2.0, (25, 12))
    logged = np.log1p(counts / counts.sum(1, keepdims=True) * 1e4)
    adata = AnnData(logged, layers={"counts": counts})
    adata.obs["kept"] = [f"note {i}" for i in range(25)]
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


def embed(*arguments):
    return main(["embed", *map(str, arguments), "--epochs", "2", "--device", "cpu"])


def test_embed_writes_a_copy_with_the_embedding(source, tmp_path):
    before = source.read_bytes()
    assert embed(source, tmp_path / "new" / "out.h5ad", "--seed", "4") == 0
    out = anndata.read_h5ad(tmp_path / "new" / "out.h5ad")
    assert out.obsm["X_clear"].shape == (25, 128)
    assert out.uns["clear"]["seed"] == 4
    assert out.uns["clear"]["settings"]["epochs"] == 2
    assert list(out.obs["kept"]) == [f"note {i}" for i in range(25)]
    expected = clear.CLEAR(seed=4, epochs=2, device="cpu").fit_transform(anndata.read_h5ad(source))
    assert np.array_equal(out.obsm["X_clear"], expected)
    assert source.read_bytes() == before


def test_embed_from_counts_and_onto_its_own_input(source):
    assert embed(source, source, "--layer", "counts") == 0
    assert anndata.read_h5ad(source).obsm["X_clear"].shape == (25, 128)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "papper"], "did you mean 'paper'"),
        (["--layer", "raw"], "no layer 'raw' (there: counts)"),
        (["--seed", "-1"], "seed must be"),
    ],
)
def test_mistakes_are_one_line_and_leave_no_file(source, tmp_path, capsys, options, message):
    assert embed(source, tmp_path / "out.h5ad", *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("clear: error: ")
    assert message in error
    assert "Traceback" not in error
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5ad"]


def test_files_that_cannot_be_used(source, tmp_path, capsys):
    assert embed(tmp_path / "none.h5ad", tmp_path / "out.h5ad") == 2
    assert "There is no file" in capsys.readouterr().err
    text = tmp_path / "text.h5ad"
    text.write_text("not HDF5")
    assert embed(text, tmp_path / "out.h5ad") == 2
    assert "cannot be read as an .h5ad file" in capsys.readouterr().err
    cut = tmp_path / "cut.h5ad"
    cut.write_bytes(source.read_bytes()[:3000])
    assert embed(cut, tmp_path / "out.h5ad") == 2
    assert "cannot be read as an .h5ad file" in capsys.readouterr().err
    assert embed(source, tmp_path) == 2
    assert "is a folder" in capsys.readouterr().err
    assert embed(source, text / "out.h5ad") == 2
    assert "cannot be written" in capsys.readouterr().err
    assert not (tmp_path / "out.h5ad").exists()


def test_version_loads_nothing_heavy():
    code = (
        "import sys\nfrom clear.cli import main\n"
        "try:\n    main(['--version'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "assert not {'torch', 'anndata', 'numpy', 'scipy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"clear {clear.__version__}"
