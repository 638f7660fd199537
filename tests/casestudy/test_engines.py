"""Which engine lays cells out, and what it says where it is half there."""

import importlib
import sys

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from clear.benchmark.casestudy import engines
from clear.benchmark.casestudy.engines import MODULES, choose, lay_out
from clear.benchmark.methods.gpus import has_gpu
from clear.clusters import leiden, neighbour_graph
from clear.errors import ClearError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install an empty package."""
    monkeypatch.syspath_prepend(tmp_path / "site")

    def install(name):
        folder = tmp_path / "site" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        importlib.invalidate_caches()  # the folder may have been looked at before
        return folder

    return install


def test_the_gpu_serves_where_it_and_rapids_are_there(package, gpu):
    assert choose("auto") == ("cpu", "rapids-singlecell is not installed")
    package("rapids_singlecell")
    for name in MODULES:
        package(name)
    assert choose("auto")[0] == "rapids"
    assert choose("cpu") == ("cpu", "the setting `device` is cpu")
    gpu.unlink()
    has_gpu.cache_clear()
    assert choose("auto") == ("cpu", "there is no GPU")


def test_half_an_installation_is_named(package, gpu):
    for name in ("rapids_singlecell", "cupy", "cudf", "cuml"):
        package(name)
    with pytest.raises(ClearError, match="without cugraph, cuvs: install what envs/rapids.yaml"):
        choose("auto")


# Signatures of rapids-singlecell 0.15.1, which say what cannot be given by place or by name.
RAPIDS = """
import types
import numpy as np

seen = {}

def neighbors(adata, n_neighbors=15, n_pcs=None, *, use_rep=None, random_state=0, algorithm="brute",
              metric="euclidean", metric_kwds={}, algorithm_kwds={}, method="umap", key_added=None,
              copy=False):
    seen.update(algorithm=algorithm, **algorithm_kwds)
    adata.obs["near"] = adata.obsm[use_rep][:, 0]

def leiden(adata, resolution=1.0, *, random_state=0, theta=1.0, restrict_to=None,
           key_added="leiden", adjacency=None, n_iterations=100, use_weights=True,
           neighbors_key=None, obsp=None, dtype=np.float32, use_dask=False, copy=False):
    adata.obs[key_added] = (adata.obs["near"] > 1).astype(int).astype(str)

def umap(adata, *, min_dist=0.5, spread=1.0, n_components=2, maxiter=None, alpha=1.0,
         negative_sample_rate=5, init_pos="auto", random_state=0, a=None, b=None, key_added=None,
         neighbors_key=None, copy=False):
    seen.update(maxiter=maxiter)
    adata.obsm["X_umap"] = np.zeros((adata.n_obs, n_components), np.float32)

pp, tl = types.SimpleNamespace(neighbors=neighbors), types.SimpleNamespace(leiden=leiden, umap=umap)
"""


@pytest.mark.parametrize(
    ("cells", "exact", "called"),
    [
        (400, True, {"algorithm": "brute", "maxiter": 500}),
        (12_000, False, {"algorithm": "nn_descent", "intermediate_graph_degree": 128}),
    ],
)
def test_what_rapids_is_asked_for(package, gpu, monkeypatch, cells, exact, called):
    folder = package("rapids_singlecell")
    (folder / "__init__.py").write_text(RAPIDS)
    monkeypatch.setattr(engines, "MODULES", ())
    monkeypatch.setattr(engines, "EXACT_CELLS", 10_000)
    embedding = np.zeros((cells, 2))
    embedding[:, 0] = 1
    embedding[cells // 4 :, 0] = 2  # most cells: cluster 0 after renumbering, 1 by that name before
    numbers, plane, record = lay_out(embedding, 15, 1.2)
    assert (numbers == (np.arange(cells) < cells // 4)).all() and plane.shape == (cells, 2)
    assert record["engine"] == "rapids"
    assert record["neighbours"] == ("exact" if exact else "approximate (cuVS nn_descent)")
    seen = sys.modules.pop("rapids_singlecell").seen
    assert seen == {"maxiter": 200} | called


def test_clusters_are_leidens_numbered_by_size():
    embedding = make_blobs([60, 40, 20], 4, random_state=0)[0]
    numbers, plane, record = lay_out(embedding, 15, 0.5, "cpu")
    expected = leiden(neighbour_graph(embedding, 15), 0.5, seed=0)
    assert len(set(zip(numbers, expected, strict=True))) == expected.max() + 1
    sizes = np.bincount(numbers)
    assert (np.diff(sizes) <= 0).all() and record["clusters"] == len(sizes)
    assert plane.shape == (120, 2) and set(record["seconds"]) == {"neighbours", "leiden", "umap"}
    assert record["versions"]["umap-learn"]
