"""Which engine lays cells out, and what it says where it is half there."""

import importlib

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from clear.benchmark.casestudy.engines import MODULES, choose, lay_out
from clear.benchmark.methods.gpus import has_gpu
from clear.clusters import leiden, neighbour_graph
from clear.errors import ClearError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install an empty package."""
    monkeypatch.syspath_prepend(tmp_path / "site")

    def install(name):
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "__init__.py").touch()
        importlib.invalidate_caches()  # the folder may have been looked at before

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


def test_clusters_are_leidens_numbered_by_size():
    embedding = make_blobs([60, 40, 20], 4, random_state=0)[0]
    numbers, plane, record = lay_out(embedding, 15, 0.5, "cpu")
    expected = leiden(neighbour_graph(embedding, 15), 0.5, seed=0)
    assert len(set(zip(numbers, expected, strict=True))) == expected.max() + 1
    sizes = np.bincount(numbers)
    assert (np.diff(sizes) <= 0).all() and record["clusters"] == len(sizes)
    assert plane.shape == (120, 2) and set(record["seconds"]) == {"neighbours", "leiden", "umap"}
    assert record["versions"]["umap-learn"]
