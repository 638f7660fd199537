"""``clear-sc cluster``."""

import subprocess
import sys

import anndata
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.clear.cli.commands import PROGRAM, cluster


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
