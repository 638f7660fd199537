"""Real runs of the workflow in a folder of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def contributing(repository) -> dict[str, str]:
    """The files that CONTRIBUTING.md shows, by the name it gives them."""
    text = (repository / "CONTRIBUTING.md").read_text()
    return dict(
        re.findall(r"`((?:methods|datasets|figures)/\S+?)`\)?:\n```\w*\n(.*?)```", text, re.DOTALL)
    )


@pytest.fixture
def cells() -> anndata.AnnData:
    """120 cells x 300 genes, three easy types, counts."""
    rng = np.random.default_rng(0)
    types = np.repeat(["a", "b", "c"], 40)
    means = np.full((3, 300), 2.0)
    for i in range(3):
        means[i, i * 60 : i * 60 + 60] = 8
    counts = rng.poisson(means[np.unique(types, return_inverse=True)[1]]).astype(np.float32)
    names = [f"{label}{i}" for i, label in enumerate(types)]
    obs = pd.DataFrame({"cell_type": types, "donor": "d"}, index=names)
    var = pd.DataFrame(index=[f"gene{i}" for i in range(300)])
    return anndata.AnnData(sparse.csr_matrix(counts), obs=obs, var=var)


@pytest.fixture
def clone(tmp_path, repository) -> Path:
    """A copy of what the workflow is made of, to be edited."""
    folder = tmp_path / "clone"
    for name in ("clear", "config", "envs", "profiles", "report", "rules", "scripts", "workflow"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(repository / name, folder / name, ignore=ignore)
    shutil.copy(repository / "Snakefile", folder)
    return folder


# Importing Snakemake takes a second and more: once for all commands that a worker runs to the end.
FORKS = """
import json, os, sys
from snakemake.cli import main

for line in sys.stdin:
    arguments, folder, environment, log = json.loads(line)
    if (child := os.fork()) == 0:
        os.setsid()
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for descriptor in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
        sys.argv = ["snakemake", *arguments]
        sys.exit(main())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def command(folder: Path, *arguments: str, snakefile: Path = REPOSITORY / "Snakefile") -> list[str]:
    """Return the arguments of Snakemake in a folder."""
    return ["-s", str(snakefile), "-d", str(folder), "--cores", "2", *map(str, arguments)]


def start(folder: Path, *arguments: str, **keywords):
    """Start Snakemake in a folder, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *command(folder, *arguments, **keywords)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def start_snakemake():
    """Start Snakemake; what still runs at the end of the test is killed."""
    started = []

    def starter(*arguments, **keywords):
        started.append(start(*arguments, **keywords))
        return started[-1]

    yield starter
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, 9)
        process.communicate()


@pytest.fixture(scope="session")
def forks():
    """A process with Snakemake imported, which runs each command in a fork of its own."""
    process = [sys.executable, "-c", FORKS]
    with subprocess.Popen(process, stdin=-1, stdout=-1, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def snakemake(forks, tmp_path_factory):
    """Run Snakemake to its end and return what it printed."""
    log = tmp_path_factory.mktemp("printed") / "log"

    def run(folder: Path, *arguments: str, fails: bool = False, **keywords) -> str:
        log.write_text("")
        order = command(folder, *arguments, **keywords), str(folder), dict(os.environ), str(log)
        print(json.dumps(order), file=forks.stdin, flush=True)
        code = int(forks.stdout.readline())
        output = log.read_text()
        assert (code != 0) == fails, output[-6000:]
        return output

    return run


@pytest.fixture
def planned(snakemake):
    """Jobs of a dry run by rule, without the target and the last rule."""

    def plan(folder: Path, *arguments: str, **keywords) -> dict[str, int]:
        output = snakemake(folder, "-n", *arguments, **keywords)
        table = output.rsplit("Job stats:", 1)[-1] if "Job stats:" in output else ""
        jobs = {rule: int(n) for rule, n in re.findall(r"^(\w+)\s+(\d+)$", table, re.MULTILINE)}
        return {rule: n for rule, n in jobs.items() if rule not in ("total", "all", "complete")}

    return plan


@pytest.fixture
def add_method():
    """Write a card and a script for a method of one's own."""

    def add(folder: Path, name: str, script: str, **keys) -> None:
        card = {"id": name, "title": name, "reference": "none", "implementation": "upstream"}
        card |= {"language": "python", "tasks": ["clustering"], "outputs": ["embedding"]} | keys
        (folder / "methods" / name).mkdir(parents=True, exist_ok=True)
        (folder / f"methods/{name}.yaml").write_text(yaml.safe_dump(card))
        (folder / f"methods/{name}/run.py").write_text(script)

    return add


@pytest.fixture
def add_dataset():
    """Write the card of a dataset of one's own."""

    def add(folder: Path, name: str, **keys) -> None:
        card = {"id": name, "title": name.capitalize(), "unit": "counts", "tasks": ["clustering"]}
        card |= {"prepare": {"min_genes": 50}} | keys
        (folder / "datasets").mkdir(parents=True, exist_ok=True)
        (folder / f"datasets/{name}.yaml").write_text(yaml.safe_dump(card))

    return add


@pytest.fixture
def cards(tmp_path, cells, add_dataset) -> Path:
    """A folder of one's own cards with the dataset ``tiny``."""
    folder = tmp_path / "cards"
    add_dataset(folder, "tiny", path="../tiny.h5ad")
    cells.write_h5ad(folder / "tiny.h5ad")
    return folder


@pytest.fixture
def served(tmp_path):
    """A folder that is served, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
