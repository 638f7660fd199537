"""Fixtures of tests that need an environment of their own, or R."""

import functools
import os
import shutil
import subprocess

import pytest

from clear.benchmark.methods.environment import build
from clear.errors import ClearError
from clear.files.atomic import write_json


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
