"""Which code made a run: a hash that changes with what the code does, not with its prose."""

import ast
import hashlib
from pathlib import Path

from clear.benchmark.code_hash import dependencies


def code_hash(script: Path) -> str:
    """Return a hash of a module and of all modules of ``clear`` that it imports.

    Comments, docstrings and formatting do not count, and neither do the presets themselves:
    their settings have a hash of their own, so that another value in one of them makes the runs
    of that one out of date and no others.

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for file in sorted(dependencies(script.resolve())):
        if file.suffix == ".py":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            digest.update(file.name.encode() + b"\0" + ast.dump(_bare(tree)).encode())
    return digest.hexdigest()[:16]


def _bare(tree: ast.Module) -> ast.Module:
    tree.body = [node for node in tree.body if not _is_preset(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            # The docstring, and those of attributes: strings that nobody uses.
            node.body = [n for n in node.body if not _is_string(n)]
    return tree


def _is_preset(node: ast.stmt) -> bool:
    """Tell whether a statement is ``NAME = Preset(...)``."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "Preset"
    )


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
