"""The command ``clear-sc``, from files to files."""

import dataclasses
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import scanpy
import scipy.io
from anndata import AnnData
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

import clear
from clear.cli import main
from clear.files.h5ad import open_expression
from clear.presets import PRESETS, RECOMMENDED

PROGRAM = "import sys; from clear.cli import main; sys.exit(main())"


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """The default preset takes as few steps as its epochs have."""
    monkeypatch.setitem(PRESETS, "recommended", dataclasses.replace(RECOMMENDED, min_steps=0))


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
    assert "clear-sc: Resuming after epoch" in done.stderr
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
    assert error.startswith("clear-sc: error: ")
    assert message in error
    assert [path.name for path in tmp_path.iterdir()] == ["in.h5ad"]


def test_cluster_without_embedding_says_to_make_one(source, tmp_path, capsys):
    assert cluster(source, tmp_path / "out.h5ad") == 2
    assert "(there: nothing); run clear-sc embed first" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["igraph", "sklearn"])
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
    assert error.startswith("clear-sc: error: ")
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
    assert embed(tmp_path / "text.h5ad" / "x", tmp_path / "out.h5ad") == 2
    assert "There is no file" in capsys.readouterr().err
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
    assert done.stdout.strip() == f"clear-sc {clear.__version__}"


def test_an_output_behind_a_link_is_written_where_the_link_leads(source, tmp_path):
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.h5ad"
    link.symlink_to("there/out.h5ad")
    for _ in range(2):  # the file is there the second time
        assert embed(source, link) == 0
        assert link.is_symlink()
        assert anndata.read_h5ad(tmp_path / "there" / "out.h5ad").obsm["X_clear"].shape == (25, 50)


def test_an_output_that_is_a_pipe_or_device_stays(source, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/null"):
        assert embed(source, place) == 2
        assert "is a device or pipe; give the name of a file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo() and Path("/dev/null").is_char_device()


@pytest.mark.parametrize("how", ["replaced", "written to"])
def test_an_input_that_changes_during_the_training_is_refused(source, tmp_path, capsys, how):
    other = anndata.read_h5ad(source)[::-1].copy()
    other.write_h5ad(tmp_path / "other.h5ad")

    state = tmp_path / "state"

    def change():
        while not state.exists():  # written after the first epoch
            time.sleep(0.01)
        if how == "replaced":
            (tmp_path / "other.h5ad").replace(source)
        else:
            os.utime(source, ns=(1, 1))

    arguments = ["embed", str(source), str(tmp_path / "out.h5ad"), "--checkpoint", str(state)]
    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        assert main([*arguments, "--preset", "released", "--epochs", "100"]) == 2
        changed.result()
    assert "was replaced or changed after it was read" in capsys.readouterr().err
    assert not (tmp_path / "out.h5ad").exists()


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
