"""Which source files a step depends on, and a hash of their code.

Snakemake sees the script of a rule, not what that script imports. Every rule therefore has a hash
over its script and all modules of ``clear`` that the script imports, directly or not. Modules that
are loaded by name, such as the reader that a card names, no import shows: their rule names them.
Of the vocabulary only the names count that are imported from it, and those that these use.
"""

import ast
import hashlib
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

from clear.benchmark.code_text import definitions, imports, python_code, r_code

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = "clear.benchmark.vocabulary"


@cache
def source_hash(*files: Path) -> str:
    """Return a hash of the code in files and in the modules of ``clear`` that they import.

    Parameters
    ----------
    files
        Of Python and R what :mod:`clear.benchmark.code_text` leaves counts, of other languages,
        of templates and of what is not valid the whole text; imports are followed in ``.py``
        files.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    found = frozenset().union(*(dependencies(Path(file).resolve()) for file in files))
    imported = {name for file in found for name in _names(file)}
    words = frozenset(n.rpartition(".")[2] for n in imported if n.startswith(f"{VOCABULARY}."))
    vocabulary = _files_of(VOCABULARY)[-1]
    digests = sorted(
        (_short(file), _words(file, words) if file == vocabulary else _digest(file))
        for file in found
    )
    return hashlib.sha256(repr(digests).encode()).hexdigest()[:16]


@cache
def dependencies(script: Path) -> frozenset[Path]:
    """Return a file and every file of the package ``clear`` that it imports, directly or not."""
    found, waiting = set(), [script, *_packages(script)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imports(file)
    return frozenset(found)


@cache
def packages(*files: Path) -> frozenset[str]:
    """Return the modules of other packages that files and their dependencies import."""
    found = frozenset().union(*(dependencies(Path(file).resolve()) for file in files))
    return frozenset(name.split(".")[0] for file in found for name in _names(file))


@cache
def _words(vocabulary: Path, words: frozenset[str]) -> bytes:
    return hashlib.sha256(definitions(_parsed(vocabulary), words).encode()).digest()


@cache
def _digest(file: Path) -> bytes:
    code = file.read_bytes()
    with suppress(UnicodeDecodeError):
        if file.suffix == ".py" and (tree := _parsed(file)):
            code = ast.unparse(tree).encode()
        elif file.suffix == ".R":
            code = r_code(code.decode()).encode()
    return hashlib.sha256(code).digest()


@cache
def _parsed(file: Path) -> ast.Module | None:
    """Parse a file; None where this Python cannot: another may, or the run says what is wrong."""
    try:
        return python_code(file.read_bytes(), file)
    except (SyntaxError, ValueError, RecursionError):
        return None


@cache
def _names(file: Path) -> list[str]:
    """Return the dotted names that a Python file imports, itself."""
    if file.suffix != ".py" or not (tree := _parsed(file)):
        return []
    lazy = file == ROOT / "clear/__init__.py"
    names = []
    for node in imports(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif not lazy:
            names += [".".join(filter(None, (node.module, a.name))) for a in node.names]
    return names


@cache
def _imports(file: Path) -> list[Path]:
    """Return the files of ``clear`` and beside a script that a Python file imports itself."""
    files = []
    for name in _names(file):
        first = name.split(".")[0]
        if first == "clear":
            files += _files_of(name)
        elif first not in sys.stdlib_module_names:
            files += _beside(file, first)
    return files


def _beside(file: Path, name: str) -> list[Path]:
    """Return the files of a helper module or package that lies beside a script."""
    module = file.parent / f"{name}.py"
    return [p for p in [module, *sorted((file.parent / name).rglob("*.py"))] if p.exists()]


@cache
def _files_of(name: str) -> list[Path]:
    """Return the packages of a dotted name, and the module that it is or that defines it."""
    if name == "clear.CLEAR":  # the one name that the package gives out lazily
        name = "clear.estimator.CLEAR"
    files, path = [ROOT / "clear/__init__.py"], ROOT / "clear"
    for part in name.split(".")[1:]:
        module = (path / part).with_suffix(".py")
        path = path / part
        if module.exists():
            return [*files, module]
        if (path / "__init__.py").exists():
            files.append(path / "__init__.py")
    return files


def _packages(file: Path) -> list[Path]:
    """Return the ``__init__.py`` of the packages of ``clear`` that a module lies in."""
    if file.suffix != ".py" or ROOT / "clear" not in file.parents:
        return []
    folders = [folder for folder in file.parents if ROOT in folder.parents]
    return [path for folder in folders if (path := folder / "__init__.py").exists()]


def _short(file: Path) -> str:
    return file.relative_to(ROOT).as_posix() if ROOT in file.parents else file.name
