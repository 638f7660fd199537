"""Which source files a step depends on, and their hash.

Snakemake sees the script of a rule, not what that script imports. Every rule therefore has
a hash over its script and all modules of ``clear`` that the script imports, directly or not,
so that an edit reruns the steps that use the edited file and nothing else.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def source_hash(*scripts: Path) -> str:
    """Return a hash of scripts and of the modules of ``clear`` that they import.

    Parameters
    ----------
    scripts
        Files of any language; imports are followed in ``.py`` files.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    files = set()
    for script in scripts:
        files |= dependencies(Path(script).resolve())
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda path: path.name + str(path)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def dependencies(script: Path) -> frozenset[Path]:
    """Return a file and every file of the package ``clear`` that it imports, directly or not."""
    found, waiting = set(), [script]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported_files(file)
    return frozenset(found)


def _imported_files(file: Path) -> list[Path]:
    if file.suffix != ".py":
        return []
    lazy = file == ROOT / "clear/__init__.py"
    names = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not lazy:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    files = []
    for name in names:
        first = name.split(".")[0]
        if first == "clear":
            files += _files_of(name)
        else:
            files += _beside(file, first)
    return files


def _beside(file: Path, name: str) -> list[Path]:
    """Files of a helper module or package that lies beside a script."""
    module = file.parent / f"{name}.py"
    return [p for p in [module, *sorted((file.parent / name).rglob("*.py"))] if p.exists()]


def _files_of(name: str) -> list[Path]:
    """Files behind a dotted name: its packages, and the module or the module that defines it."""
    if name == "clear.CLEAR":  # the one name that the package gives out lazily
        name = "clear.estimator.CLEAR"
    files, path = [ROOT / "clear/__init__.py"], ROOT / "clear"
    for part in name.split(".")[1:]:
        module = (path / part).with_suffix(".py")
        path = path / part
        if module.exists():
            return [*files, module, *_data_beside(module)]
        if (path / "__init__.py").exists():
            files.append(path / "__init__.py")
    return files


def _data_beside(module: Path) -> list[Path]:
    """Templates that a module of a package reads belong to it."""
    return [p for p in module.parent.iterdir() if p.suffix in (".j2", ".css", ".js", ".R")]
