"""Inputs in the benchmark's format, and the real runner started on small method scripts."""

import json
import os
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

Prepared = namedtuple("Prepared", "input truth cells labels counts logged highly_variable")
Run = namedtuple("Run", "status folder code log")


def _prepare(folder, n_per_type=30, types=3, genes=120, seed=0, batch=False) -> Prepared:
    """Write input.h5ad and truth.tsv of well separated cell types."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"type {number}" for number in range(types)], n_per_type)
    codes = np.repeat(np.arange(types), n_per_type)
    mean = np.full((types, genes), 1.0)
    for number in range(types):
        mean[number, number * 20 : number * 20 + 20] = 12.0
    counts = rng.poisson(mean[codes]).astype(np.float32)
    logged = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    cells = [f"cell_{number:06d}" for number in range(len(labels))]
    highly_variable = np.arange(genes) % 6 != 5
    adata = anndata.AnnData(
        csr_matrix(logged),
        obs=pd.DataFrame(index=cells),
        var=pd.DataFrame(
            {"highly_variable": highly_variable}, index=[f"gene_{g}" for g in range(genes)]
        ),
        layers={"counts": csr_matrix(counts)},
        uns={"unit": "counts", "dataset": "made", "recipe": "standard"},
    )
    if batch:
        adata.obs["batch"] = pd.Categorical(np.where(np.arange(len(cells)) % 2, "b", "a"))
    folder.mkdir(parents=True, exist_ok=True)
    adata.write_h5ad(folder / "input.h5ad")
    truth = pd.DataFrame({"cell": cells, "name": cells, "cell_type": labels})
    truth.to_csv(folder / "truth.tsv", sep="\t", index=False)
    return Prepared(
        folder / "input.h5ad",
        folder / "truth.tsv",
        cells,
        labels,
        counts,
        logged,
        highly_variable,
    )


@pytest.fixture
def prepared(tmp_path):
    """Three cell types of 30 cells, 120 genes, no batch."""
    return _prepare(tmp_path / "data")


@pytest.fixture
def prepare(tmp_path):
    """Make an input with other numbers of cells, types and genes, or with a batch."""
    return lambda **options: _prepare(tmp_path / "data", **options)


@pytest.fixture
def make_job(prepared, tmp_path):
    """Write a method script and return the job for it; keyword arguments change the job."""

    def make(script, name="method.py", **changes):
        if not isinstance(script, Path):
            source, script = textwrap.dedent(script), tmp_path / "scripts" / name
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(source)
        is_r = script.suffix == ".R"
        job = {
            "method": script.stem,
            "dataset": "made",
            "recipe": "standard",
            "perturbation": "none",
            "seed": 0,
            "language": "R" if is_r else "python",
            "script": str(script),
            "input": str(prepared.input),
            "output": str(tmp_path / "run" / "seed0"),
            "interpreter": "Rscript" if is_r else sys.executable,
            "check_python": sys.executable,
            "settings": {},
            "threads": 1,
            "device": "cpu",
            "gpu": False,
            "minutes": 2,
            "memory_gb": 4,
            "outputs": ["embedding"],
            "source_hash": "0123",
            "not_applicable": None,
        }
        return {**job, **changes}

    return make


@pytest.fixture
def start(repository):
    """Start the runner on a job as a process of its own."""

    def start_runner(job, python=sys.executable, **environment):
        runner = repository / "clear" / "benchmark" / "methods" / "runner.py"
        return subprocess.Popen(
            [python, str(runner), json.dumps(job)],
            cwd=repository,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start_runner


@pytest.fixture
def run(make_job, start):
    """Run a method script through the runner to the end and return what it left."""

    def run_to_end(script, python=sys.executable, environment=None, **changes):
        job = make_job(script, **changes)
        process = start(job, python, **(environment or {}))
        printed, _ = process.communicate(timeout=300)
        folder = Path(job["output"])
        assert process.returncode == 0, printed
        assert printed == ""
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
        status = json.loads((folder / "status.json").read_text())
        return Run(status, folder, process.returncode, (folder / "output.log").read_text())

    return run_to_end
