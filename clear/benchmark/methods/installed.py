"""What of an environment's packages is installed here.

The versions are parameters of the rules: a run that lacked a package is repeated once it is there,
and a step is repeated when a package that it uses has another version.
"""

import re
import shutil
import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

from clear.benchmark.methods.environment import packages


@cache
def installed(env_file: Path, language: str) -> dict[str, str | None]:
    """Return the version of each package that an environment file names, None if missing.

    Parameters
    ----------
    env_file
        ``envs/<env>.yaml``.
    language
        ``python``: packages of the pip section, in the running interpreter; ``R``: packages
        called ``r-*`` or ``bioconductor-*``, in the libraries of the Rscript on the PATH.
    """
    conda, pip = packages(env_file)
    if language == "python":
        return {(name := re.split(r"[=<>!~\[ ]", line)[0]): _python(name) for line in pip}
    names = [re.match(r"(?:r|bioconductor)-([^=]+)", item) for item in conda]
    return {m[1]: _r_library().get(m[1].lower()) for m in names if m and m[1] != "base"}


@cache
def modules(name: str) -> set[str]:
    """Return the modules at the top of an installed package of Python; none if it is missing."""
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return set()
    named = (package.read_text("top_level.txt") or "").split()
    # built without setuptools: the modules are the folders of its files
    record = package.read_text("RECORD") or ""
    return set(named or re.findall(r"^(\w+)/__init__\.py,", record, re.MULTILINE))


def _python(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@cache
def _r_library() -> dict[str, str]:
    """Versions of R's installed packages by lower-case name; empty where there is no R."""
    if not shutil.which("Rscript"):
        return {}
    command = ["Rscript", "--vanilla", "-e", "writeLines(.libPaths())"]
    places = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")
    found = {}
    for place in reversed([Path(place) for place in places if place]):
        for description in place.glob("*/DESCRIPTION"):
            text = description.read_text(encoding="utf-8", errors="replace")
            if version := re.search(r"^Version:\s*(\S+)", text, re.MULTILINE):
                found[description.parent.name.lower()] = version[1]
    return found
