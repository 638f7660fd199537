"""The real runner, started on the scripts of methods and on small ones."""

import importlib
import json
import os
import subprocess
import sys
import textwrap
from collections import namedtuple
from pathlib import Path

import pandas as pd
import pytest

from tests.methods.inputs import make_input, make_lineage
from tests.methods.installed import environment, needs_r  # noqa: F401

Run = namedtuple("Run", "status folder log outputs")
RECORD = {"output.log", "params.json", "status.json"}
EMBEDS = """
    from contract import read_input, read_params, write_embedding

    params = read_params()
    data = read_input(params)
    X = data.dense("X")[:, :4]
    write_embedding(params, X, data.cells)
"""


@pytest.fixture
def prepared(tmp_path):
    """Three cell types of 30 cells, 120 genes, no batch."""
    return make_input(tmp_path / "data")


@pytest.fixture
def prepare(tmp_path):
    """Make an input with other numbers of cells, types and genes, or with a batch or stages."""
    return lambda **options: make_input(tmp_path / "data", **options)


@pytest.fixture
def lineage(tmp_path):
    """120 cells along a path of six stages, 300 genes, and the time of each cell."""
    return make_lineage(tmp_path / "lineage")


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

    def start_runner(order, check_python=sys.executable, **variables):
        return subprocess.Popen(
            command(order, check_python=check_python),
            cwd=repository,
            env={**os.environ, **variables},
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
