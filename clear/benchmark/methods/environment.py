"""Environments of methods that cannot share the main one, built by uv without conda.

The same ``envs/<env>.yaml`` serves both: conda reads all of it, uv its Python version and its
pip section.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from clear.benchmark.locks import locked
from clear.benchmark.settings import CardError, validate
from clear.benchmark.yaml_file import read_yaml, short
from clear.errors import ClearError
from clear.files.atomic import write_json

_TEXTS = {"type": "array", "items": {"type": "string"}}
_PIP = {"type": "object", "required": ["pip"], "properties": {"pip": _TEXTS}}
ENVIRONMENT = {
    "type": "object",
    "required": ["dependencies"],
    "properties": {
        "dependencies": {
            "type": "array",
            "items": {
                "anyOf": [{"type": "string"}, _PIP],
                "wrong": "a package, `name=version`, or a mapping `pip: [...]`, is expected.",
            },
        }
    },
}


def packages(env_file: Path) -> tuple[list[str], list[str]]:
    """Return what an environment file asks of conda, and of pip.

    Raises
    ------
    CardError
        When the file cannot be read or is no environment.
    """
    found = validate(read_yaml(env_file), ENVIRONMENT, short(env_file))["dependencies"]
    pip = [line for item in found if isinstance(item, dict) for line in item["pip"]]
    return [item for item in found if isinstance(item, str)], pip


def requirements(env_file: Path) -> tuple[str, list[str]]:
    """Return the Python version and the pip section of an environment file.

    Raises
    ------
    CardError
        When the file has no ``python=X.Y`` or no pip section.
    """
    conda, pip = packages(env_file)
    versions = [m.group(1) for item in conda if (m := re.match(r"python\s*=+\s*(\d+\.\d+)", item))]
    if not versions or not pip:
        raise CardError(
            f"{env_file}: an isolated environment needs 'python=X.Y' and a pip section, "
            "since uv builds it where there is no conda."
        )
    return versions[0], pip


def build(env_file: Path, folder: Path, out_json: Path) -> None:
    """Build ``folder/venv`` and write a record of it (python, env_file, requirements).

    Parameters
    ----------
    env_file
        ``envs/<env>.yaml``.
    folder
        Where the environment goes. One that was built of the same packages is kept; another is
        replaced. Runs of the workflow that want it at the same time wait for each other.
    out_json
        The record.

    Raises
    ------
    ClearError
        When uv fails; its own last lines are in the message, nothing is left behind.
    """
    python, pip = requirements(env_file)
    with locked(folder / "lock", f"is building {env_file.stem}"):
        record = {"python": str(folder / "venv/bin/python"), "requirements": [python, *pip]}
        done = folder / "built.json"
        if not done.exists() or json.loads(done.read_text()) != record:
            done.unlink(missing_ok=True)
            _build(env_file, python, pip, folder / "venv")
            write_json(done, record)
    write_json(out_json, record | {"env_file": env_file.name})


def _build(env_file: Path, python: str, pip: list[str], venv: Path) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    install = ["pip", "install", "--quiet", "--python", str(venv / "bin/python"), *pip]
    failure = _uv("venv", "--quiet", "--python", python, str(venv))
    # First from uv's cache: where the index has new dates for old files, uv compiles them again.
    if not failure and _uv(*install, "--offline"):
        failure = _uv(*install)
    if failure:
        shutil.rmtree(venv, ignore_errors=True)
        raise ClearError(f"{env_file}: uv could not build it.\n{failure[-1500:]}")


def _uv(*arguments: str) -> str:
    """Run uv; return what it says of its failure, nothing where it succeeds."""
    from uv import find_uv_bin

    # uv does not read pip's settings: hand on where local wheels lie
    environ = {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")} | os.environ
    done = subprocess.run(
        [find_uv_bin(), *arguments], env=environ, stderr=subprocess.PIPE, text=True, check=False
    )
    return (done.stderr.strip() or f"exit code {done.returncode}") if done.returncode else ""
