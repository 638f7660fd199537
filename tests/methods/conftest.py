"""Inputs in the benchmark's format, and the real runner started on small method scripts."""

import functools
import importlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections import namedtuple
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from clear.benchmark.data.lineages import simulate_lineages
from clear.benchmark.methods.environment import build
from clear.errors import ClearError
from clear.files.atomic import write_json

Prepared = namedtuple("Prepared", "folder input truth cells labels counts logged highly_variable")
Lineage = namedtuple("Lineage", "folder logged stages time")
Run = namedtuple("Run", "status folder log outputs")
RECORD = {"output.log", "params.json", "status.json"}
EMBEDS = """
    from contract import read_input, read_params, write_embedding

    params = read_params()
    data = read_input(params)
    X = data.dense("X")[:, :4]
    write_embedding(params, X, data.cells)
"""


def _prepare(
    folder, n_per_type=30, types=3, genes=120, seed=0, batch=False, batch_effect=0.0, stages=()
) -> Prepared:
    """Write input.h5ad and truth.tsv of well separated cell types.

    ``batch``: True, for the batches a and b in turn, or a name per cell. ``batch_effect``: standard
    deviation of the logarithm of a gene's factor in every batch but the first. ``stages``: of each
    type, None for none.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"type {number}" for number in range(types)], n_per_type)
    codes = np.repeat(np.arange(types), n_per_type)
    mean = np.full((types, genes), 1.0)
    for number in range(types):
        mean[number, number * 20 : number * 20 + 20] = 12.0
    if batch is True:
        batch = np.where(np.arange(len(labels)) % 2, "b", "a")
    expected = mean[codes]
    if batch_effect:
        names, of_cell = np.unique(batch, return_inverse=True)
        factors = np.random.default_rng(1).lognormal(0, batch_effect, (len(names), genes))
        factors[0] = 1
        expected = expected * factors[of_cell]
    counts = rng.poisson(expected).astype(np.float32)
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
        uns={"unit": "counts", "scale": "log1p"},
    )
    folder.mkdir(parents=True, exist_ok=True)
    adata.write_h5ad(folder / "input.h5ad")
    truth = pd.DataFrame({"cell": cells, "name": cells, "cell_type": labels})
    if batch is not False:
        truth["batch"] = batch
    if stages:
        truth["stage"] = pd.Series(stages, dtype="Int64").to_numpy()[codes]
    truth.to_csv(folder / "truth.tsv", sep="\t", index=False)
    numbers = {f"type {number}": n_per_type for number in range(types)}
    (folder / "prepare.json").write_text(json.dumps({"types": numbers}))
    (folder / "status.json").write_text(json.dumps({"status": "ok"}))
    files = folder / "input.h5ad", folder / "truth.tsv"
    return Prepared(folder, *files, cells, labels, counts, logged, highly_variable)


@pytest.fixture
def prepared(tmp_path):
    """Three cell types of 30 cells, 120 genes, no batch."""
    return _prepare(tmp_path / "data")


@pytest.fixture
def prepare(tmp_path):
    """Make an input with other numbers of cells, types and genes, or with a batch or stages."""
    return lambda **options: _prepare(tmp_path / "data", **options)


@pytest.fixture
def lineage(tmp_path):
    """120 cells along a path of six stages, 300 genes, and the time of each cell."""
    made = simulate_lineages(120, 300, stages=6, branches=1, seed=2)
    cells = [f"cell_{number:06d}" for number in range(120)]
    counts = made.X.toarray()
    logged = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    stages = made.obs["stage"].str.removeprefix("stage_").to_numpy()
    folder = tmp_path / "lineage"
    folder.mkdir()
    input_file = anndata.AnnData(
        csr_matrix(logged),
        obs=pd.DataFrame(index=cells),
        var=made.var.assign(highly_variable=True),
        layers={"counts": made.X},
        uns={"unit": "counts", "scale": "log1p"},
    )
    input_file.write_h5ad(folder / "input.h5ad")
    truth = pd.DataFrame({"cell": cells, "name": cells, "cell_type": stages, "stage": stages})
    truth.to_csv(folder / "truth.tsv", sep="\t", index=False)
    (folder / "prepare.json").write_text(json.dumps({"types": {"0": 120}}))
    (folder / "status.json").write_text(json.dumps({"status": "ok"}))
    return Lineage(folder, logged, stages.astype(int), made.obs["time"].to_numpy())


@pytest.fixture
def orders(run, lineage, script):
    """Run the method on :func:`lineage`, told the root; return its pseudotime and the run."""

    def order(method=None, **changes):
        method = script.parent.parent / method if method else script
        told = changes.pop("told", ["root"])
        given = {"outputs": ["pseudotime"], "data": str(lineage.folder), "told": told}
        result = run(method, **{**given, "minutes": 6, **changes})  # packages compile at first
        assert result.status["status"] == "ok", result.status["message"] + result.log
        table = pd.read_csv(result.folder / "pseudotime.tsv", sep="\t", index_col="cell")
        return table.sort_index()["pseudotime"].to_numpy(), result

    return order


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """A folder for what Numba compiles for the methods of the benchmark: once for all their tests.

    Each worker has its own, since Numba's files are not safe when two write to them at once.
    """
    return tmp_path_factory.mktemp("compiled")


@pytest.fixture
def make_order(prepared, tmp_path, compiled):
    """Write a method script and return the order to run it; keyword arguments change the order."""

    def make(script, name="method.py", **changes):
        cache = compiled
        if not isinstance(script, Path):
            cache = tmp_path / "cache"
            source, script = textwrap.dedent(script), tmp_path / "scripts" / name
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_text(source)
        is_r = script.suffix == ".R"
        order = {
            "method": script.stem,
            "dataset": "made",
            "recipe": "standard",
            "perturbation": "none",
            "seed": 0,
            "language": "R" if is_r else "python",
            "script": str(script),
            "environment": None,
            "data": str(prepared.folder),
            "cache": str(cache),
            "told": [],
            "source": None,
            "output": str(tmp_path / "run" / "seed0"),
            "settings": {},
            "threads": 1,
            "device": "cpu",
            "minutes": 2,
            "memory_gb": 4,
            "outputs": ["embedding"],
            "source_hash": "0123",
            "not_applicable": None,
        }
        return {**order, **changes}

    return make


@pytest.fixture
def command(repository):
    """Return the command that carries out an order."""
    runner = repository / "clear/benchmark/methods/runner/__main__.py"

    def command_for(order, python=sys.executable, check_python=sys.executable):
        return [python, "-I", str(runner), check_python, json.dumps(order)]

    return command_for


@pytest.fixture
def start(repository, command):
    """Start the runner on an order as a process of its own."""

    def start_runner(order, check_python=sys.executable, **environment):
        return subprocess.Popen(
            command(order, check_python=check_python),
            cwd=repository,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start_runner


@pytest.fixture
def embeds() -> str:
    """A script that writes four genes as its embedding; more lines may follow."""
    return EMBEDS


@pytest.fixture
def run(make_order, start):
    """Run a method script through the runner to the end and return what it left.

    ``outputs`` are the names of its files beside the record, which is always there.
    """

    def run_to_end(script, variables=None, check_python=sys.executable, **changes):
        order = make_order(script, **changes)
        process = start(order, check_python, **(variables or {}))
        printed, _ = process.communicate(timeout=300)
        folder = Path(order["output"])
        assert process.returncode == 0, printed
        assert printed == ""
        assert [path.name for path in folder.parent.iterdir()] == [folder.name]
        status = json.loads((folder / "status.json").read_text())
        log = (folder / "output.log").read_text()
        names = {path.name for path in folder.iterdir()}
        assert names >= RECORD
        return Run(status, folder, log, names - RECORD)

    return run_to_end


@pytest.fixture(scope="session")
def environment(repository, tmp_path_factory):
    """Build ``envs/<name>.yaml`` once, as for an isolated card; skip where that fails.

    The workers of one run of the tests share what they build, under the lock of `build`.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    @functools.cache
    def build_environment(name):
        folder = shared / "envs" / name
        try:
            build(repository / f"envs/{name}.yaml", folder, folder / "environment.json")
        except ClearError as error:
            pytest.skip(f"envs/{name}.yaml cannot be built on this machine: {error}")
        # as in the workflow, relative to the folder in which the runner starts
        record = {"python": os.path.relpath(folder / "venv/bin/python", repository)}
        write_json(folder / "environment.json", record)
        write_json(folder / "status.json", {"status": "ok"})
        return str(folder)

    return build_environment


@pytest.fixture(scope="session")
def needs_r():
    """Skip where R or one of its packages is absent."""

    def check(*packages):
        if shutil.which("Rscript") is None:
            pytest.skip("R is not on this machine")
        loads = [f"stopifnot(requireNamespace('{package}'))" for package in packages]
        command = ["Rscript", "--vanilla", "-e", "; ".join(loads)]
        if subprocess.run(command, capture_output=True).returncode:
            pytest.skip(f"the R packages {', '.join(packages)} are not on this machine")

    return check


@pytest.fixture
def alive():
    """Find the processes with a mark on their command line."""

    def find(marker):
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                is_ours = marker in (folder / "cmdline").read_text()
                if is_ours and "State:\tZ" not in (folder / "status").read_text():
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture
def wait_for():
    """Wait until something is true; fail after half a minute."""

    def wait(condition, what):
        for _ in range(600):
            if condition():
                return
            time.sleep(0.05)
        pytest.fail(f"waited in vain for {what}")

    return wait


@pytest.fixture
def script(request, repository):
    """Return the script of the method that the test file is named after: test_<id>.py."""
    return repository / "scripts/methods" / request.path.stem.removeprefix("test_") / "run.py"


@pytest.fixture
def load(script, monkeypatch):
    """Return what imports a module that lies beside the script; each test imports it anew."""
    monkeypatch.syspath_prepend(script.parent)
    yield importlib.import_module
    for name in [path.stem for path in script.parent.glob("*.py")]:
        sys.modules.pop(name, None)


@pytest.fixture
def module(load, script):
    """Return the module that is named as the method."""
    return load(script.parent.name)
