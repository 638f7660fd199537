"""The command ``clear``, from files to files."""

import json
import signal
import subprocess
import sys
import time

import anndata
import h5py
import numpy as np
import pytest
import scanpy
from anndata import AnnData
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

import clear
from clear.cli import main
from clear.files.h5ad import open_expression

PROGRAM = "import sys; from clear.cli import main; sys.exit(main())"


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
    assert embed(source, tmp_path / "new" / "out.h5ad", "--seed", "4", "--precision", "bf16") == 0
    out = anndata.read_h5ad(tmp_path / "new" / "out.h5ad")
    assert out.obsm["X_clear"].shape == (25, 128)
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


def elements(path):
    """Every dataset of an HDF5 file, with its type, but what CLEAR adds."""
    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), np.asarray(item[()]).tolist(), sorted(item.attrs))

    with h5py.File(path) as file:
        file.visititems(add)
    return {name: value for name, value in found.items() if "clear" not in name}


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


def test_killed_and_resumed_equals_uninterrupted(source, tmp_path):
    """Twice killed without warning, then finished: the bits of a run that was not killed."""
    command = [sys.executable, "-c", PROGRAM, "embed", source, tmp_path / "out.h5ad"]
    command += ["--preset", "released", "--epochs", "80", "--seed", "2", "--device", "cpu"]
    state = tmp_path / "state" / "checkpoint.json"
    checkpoint = ["--checkpoint", state.parent, "--checkpoint-seconds", "0", "--resume"]

    def epoch():
        return json.loads(state.read_text())["settings"]["state"]["epoch"] if state.exists() else 0

    for least in (3, 20):
        with subprocess.Popen([*command, *checkpoint], stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and epoch() < least:
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert least <= epoch() < 80
        assert not (tmp_path / "out.h5ad").exists()
    done = subprocess.run([*command, *checkpoint], capture_output=True, text=True, check=True)
    assert "clear: Resuming after epoch" in done.stderr
    resumed = anndata.read_h5ad(tmp_path / "out.h5ad").obsm["X_clear"]
    subprocess.run(command, capture_output=True, check=True)
    expected = anndata.read_h5ad(tmp_path / "out.h5ad").obsm["X_clear"]
    assert np.array_equal(resumed, expected)
    assert len(np.unique(expected, axis=0)) == 25
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["in.h5ad", "out.h5ad", "state"]


@pytest.fixture
def embedded(tmp_path):
    """An .h5ad with three clearly separate groups of cells in its embedding."""
    random = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 30)
    adata = AnnData(np.zeros((90, 4), dtype=np.float32))
    adata.obs["group"] = group.astype(str)
    adata.obsm["X_clear"] = np.eye(3)[group] * 9 + random.normal(0, 0.1, (90, 3))
    adata.obsm["X_noise"] = random.normal(0, 1, (90, 3))
    adata.write_h5ad(tmp_path / "in.h5ad")
    return tmp_path / "in.h5ad"


def cluster(*arguments):
    return main(["cluster", *map(str, arguments)])


def test_cluster_by_k_means_and_leiden(embedded, tmp_path, caplog):
    out = tmp_path / "out.h5ad"
    assert cluster(embedded, out, "--n-clusters", "3", "--key", "k3") == 0
    assert cluster(out, out, "--resolution", "0.1", "--seed", "5") == 0
    assert "obs['clear'], 3 clusters" in caplog.text
    found = anndata.read_h5ad(out)
    for key in ("k3", "clear"):
        assert found.obs[key].dtype == "category"
        assert list(found.obs[key].cat.categories) == ["0", "1", "2"]
        assert adjusted_rand_score(found.obs["group"], found.obs[key]) == 1
    assert found.uns["k3_clusters"] == {
        "method": "k-means",
        "n_clusters": 3,
        "seed": 0,
        "use_rep": "X_clear",
    }
    assert found.uns["clear_clusters"] == {
        "method": "leiden",
        "resolution": 0.1,
        "n_neighbors": 15,
        "seed": 5,
        "use_rep": "X_clear",
    }


def test_cluster_by_another_representation_and_more_than_nine(embedded, tmp_path):
    out = tmp_path / "out.h5ad"
    options = ["--use-rep", "X_noise", "--n-clusters", "11"]
    assert cluster(embedded, out, *options) == 0
    first = anndata.read_h5ad(out).obs["clear"]
    assert list(first.cat.categories) == [str(i) for i in range(11)]
    assert cluster(out, out, *options) == 0
    assert list(anndata.read_h5ad(out).obs["clear"]) == list(first)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--use-rep", "X_umap"], "no obsm['X_umap'] in"),
        (["--n-clusters", "0"], "between 1 and the number of cells (90), not 0"),
        (["--n-clusters", "91"], "between 1 and the number of cells (90), not 91"),
        (["--resolution", "0"], "resolution must be above 0"),
        (["--resolution", "nan"], "resolution must be above 0"),
        (["--seed", "-1"], "seed must be a whole number, 0 or more"),
    ],
)
def test_mistakes_of_cluster(embedded, tmp_path, capsys, options, message):
    assert cluster(embedded, tmp_path / "out.h5ad", *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("clear: error: ")
    assert message in error
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5ad"]


def test_cluster_without_embedding_says_to_make_one(source, tmp_path, capsys):
    assert cluster(source, tmp_path / "out.h5ad") == 2
    assert "(there: nothing); run clear embed first" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["scanpy", "sklearn"])
def test_cluster_without_the_extra_says_what_to_install(embedded, tmp_path, package):
    code = f"import sys; sys.modules[{package!r}] = None; {PROGRAM}"
    command = [sys.executable, "-c", code, "cluster", embedded, tmp_path / "out.h5ad"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "not installed: pip install 'clear-sc[benchmark]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "papper"], "did you mean 'paper'"),
        (["--layer", "raw"], "no layer 'raw' (there: counts)"),
        (["--seed", "-1"], "seed must be"),
        (["--precision", "half"], "precision must be auto, fp32 or bf16, not 'half'"),
        (["--resume"], "give the folder of the checkpoint"),
        (["--checkpoint", "."], "holds something else"),
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
    old = tmp_path / "old.h5ad"
    with h5py.File(old, "w") as file:
        file["X"] = np.ones((3, 2))
        file["obs"] = np.zeros(3, dtype=[("index", "S5")])
    assert embed(old, tmp_path / "out.h5ad") == 2
    assert "before 0.7; convert it" in capsys.readouterr().err
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
