"""Fixtures for every test."""

import runpy
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests.devices import has_cuda, without_gpus

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with real single-cell data; tests that need it skip where it is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not (folder / "yan.h5ad").exists():
        pytest.skip("the folder ../shared/data with real datasets is not on this machine")
    return folder


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    """Generators of an invented run, for figures and page."""
    return SimpleNamespace(**runpy.run_path(str(REPOSITORY / "tests/report/synthetic_run.py")))


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the repository."""
    return REPOSITORY


@pytest.fixture
def adata():
    """60 cells x 30 genes, log-normalised, with the counts beside them."""
    from anndata import AnnData

    counts = np.random.default_rng(0).poisson(2.0, (60, 30))
    adata = AnnData(np.log1p(counts / 3), layers={"counts": counts})
    adata.var_names = [f"gene{i}" for i in range(30)]
    return adata


@pytest.fixture
def gpu(tmp_path, monkeypatch):
    """A machine with an ``nvidia-smi`` that lists one GPU; the paths of the real one are hidden."""
    from clear.benchmark.methods.gpus import has_gpu

    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/nvidia-smi"
    program.write_text("#!/bin/sh\necho '0, H100'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    has_gpu.cache_clear()
    yield program
    has_gpu.cache_clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Run a test with its fixtures on the CPU, or on the GPU that it is marked for."""
    with nullcontext() if item.get_closest_marker("needs_gpu") else without_gpus():
        return (yield)


def pytest_collection_modifyitems(items):
    """Skip what needs a GPU where there is none; put the longest tests first in each half.

    Those are the tests of the workflow and of environments of their own.

    ``--dist worksteal`` gives each of two workers one half, in this order, and what it has left at
    its end goes to the worker that is done first: both then end with short tests.
    """
    for item in items:
        if item.get_closest_marker("needs_gpu") and not has_cuda():
            item.add_marker(pytest.mark.skip(reason="there is no CUDA device"))
    starts = {"snakemake", "start_snakemake", "environment"}
    long = [item for item in items if starts & set(item.fixturenames)]
    short = [item for item in items if not starts & set(item.fixturenames)]
    here = max(0, len(items) // 2 - len(long[::2]))
    items[:] = [*long[::2], *short[:here], *long[1::2], *short[here:]]
