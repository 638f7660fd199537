"""Neighbours, clusters and layout of cells: on the GPU with RAPIDS where it is, else on the CPU."""

import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import numpy as np

from clear.benchmark.methods.gpus import has_gpu
from clear.benchmark.tasks.projection import MIN_DIST, epochs, project_graph
from clear.clusters import leiden, leiden_graph
from clear.errors import ClearError
from clear.fuzzy_graph import EXACT_CELLS, fuzzy_graph

CPU, RAPIDS = "cpu", "rapids"
PACKAGES = {
    CPU: ("igraph", "pynndescent", "scikit-learn", "umap-learn"),
    RAPIDS: ("rapids-singlecell-cu12", "cuml-cu12", "cugraph-cu12", "cuvs-cu12"),
}
# From which cuVS takes the nearest: its default, not that of rapids-singlecell, 1.5 times the
# neighbours, of which so few are sought here that many would be missed.
CANDIDATES = 128
MODULES = ("cupy", "cudf", "cuml", "cugraph", "cuvs")  # what rapids-singlecell computes with


def choose(device: str) -> tuple[str, str]:
    """Return the engine for this machine and environment, and why.

    Parameters
    ----------
    device
        The run's setting: ``cpu`` rules a GPU out.

    Raises
    ------
    ClearError
        There is a GPU and rapids-singlecell, but a library that it needs is missing.
    """
    if find_spec("rapids_singlecell") is None:
        return CPU, "rapids-singlecell is not installed"
    if device == "cpu":
        return CPU, "the setting `device` is cpu"
    if not has_gpu():
        return CPU, "there is no GPU"
    if missing := [name for name in MODULES if find_spec(name) is None]:
        raise ClearError(
            f"rapids-singlecell is installed without {', '.join(missing)}: install what "
            "envs/rapids.yaml lists, or uninstall rapids-singlecell to compute on the CPU."
        )
    return RAPIDS, "rapids-singlecell and a GPU are there"


def lay_out(
    embedding: np.ndarray, n_neighbors: int, resolution: float, device: str = "auto"
) -> tuple[np.ndarray, np.ndarray, dict]:
    """Find neighbours in all dimensions of an embedding, cluster them and lay them out.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    n_neighbors
        Neighbours of a cell.
    resolution
        Resolution of Leiden.
    device
        See :func:`choose`.

    Returns
    -------
    numbers : ndarray
        The cluster of each cell; 0 is the largest.
    plane : ndarray
        UMAP, cells x 2 (no unit).
    record : dict
        ``engine`` and why, ``neighbours`` (exact or approximate), versions of its packages, and
        the ``seconds`` of each step.
    """
    engine, why = choose(device)
    steps: dict[str, Callable] = {CPU: _cpu, RAPIDS: _rapids}
    numbers, plane, search, seconds = steps[engine](embedding, n_neighbors, resolution)
    order = np.argsort(-np.bincount(numbers), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    record = {
        "engine": engine,
        "why": why,
        "cells": len(embedding),
        "n_neighbors": n_neighbors,
        "resolution": resolution,
        "neighbours": search,
        "clusters": len(order),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "versions": {"python": platform.python_version()} | _versions(PACKAGES[engine]),
    }
    return rank[numbers], plane, record


def _cpu(embedding: np.ndarray, n_neighbors: int, resolution: float):
    watch = _Watch()
    edges = fuzzy_graph(embedding, n_neighbors)
    watch("neighbours")
    numbers = leiden(leiden_graph(edges), resolution, seed=0)
    watch("leiden")
    plane = project_graph(embedding, edges)
    watch("umap")
    exact = len(embedding) <= EXACT_CELLS
    return numbers, plane, "exact" if exact else "approximate (pynndescent)", watch.seconds


def _rapids(embedding: np.ndarray, n_neighbors: int, resolution: float):
    import rapids_singlecell as rsc
    from anndata import AnnData

    watch = _Watch()
    data = AnnData(obsm={"embedding": np.ascontiguousarray(embedding, dtype=np.float32)})
    exact = len(embedding) <= EXACT_CELLS
    search = {"algorithm": "brute"}
    if not exact:
        search = {"algorithm": "nn_descent"}
        search["algorithm_kwds"] = {"intermediate_graph_degree": CANDIDATES}
    rsc.pp.neighbors(data, n_neighbors, use_rep="embedding", **search)
    watch("neighbours")
    rsc.tl.leiden(data, resolution, random_state=0)
    watch("leiden")
    rsc.tl.umap(data, min_dist=MIN_DIST, maxiter=epochs(len(embedding)), random_state=0)
    watch("umap")
    how = "exact" if exact else "approximate (cuVS nn_descent)"
    numbers = data.obs["leiden"].to_numpy().astype(int)
    return numbers, data.obsm["X_umap"], how, watch.seconds


class _Watch:
    """The seconds of each step, as one after the other is named."""

    def __init__(self):
        self.seconds, self.last = {}, time.perf_counter()

    def __call__(self, step: str) -> None:
        now = time.perf_counter()
        self.seconds[step], self.last = now - self.last, now


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # as where conda names it otherwise
            continue
    return found
