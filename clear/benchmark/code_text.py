"""What of a source file can change a result: its code, without its prose.

Docstrings, comments, formatting and the sentences of errors do not count. Neither do annotations
of functions, nor tables of which a step uses a single entry: the workflow adds that entry to the
parameters of the step (:mod:`clear.benchmark.workflow`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

#: Names at the top of a module whose values are left out, by the end of the module's path.
TABLES = {
    "clear/__init__.py": {"__all__", "__version__"},
    "clear/presets/__init__.py": {"PAPER", "RELEASED", "RECOMMENDED", "GRAPH_DIFFUSION", "PRESETS"},
    "clear/benchmark/data/readers/__init__.py": {"PATTERN", "MEMBERS", "READERS", "BY_SUFFIX"},
}
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")

_R = re.compile(
    r"""(?P<kept>[rR](?P<quote>["'])(?P<dashes>-*)(?:\(.*?\)|\[.*?\]|\{.*?\})(?P=dashes)(?P=quote)
    |"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)
    |(?P<space>(?:\#[^\n]*|\s)+)""",
    re.DOTALL | re.VERBOSE,
)


def python_code(text: str | bytes, path: Path) -> ast.Module:
    """Parse a Python file and drop what cannot change a result."""
    tables = [names for end, names in TABLES.items() if path.as_posix().endswith(f"/{end}")]
    tree = ast.parse(text, str(path))
    tree.body = [node for node in tree.body if not _assigned(node) & set().union(*tables)]
    return _Code().visit(tree)


def definitions(module: ast.Module, names: frozenset[str]) -> str:
    """Return the code at the top of a module that defines names, and what that code uses.

    Names that the module does not define are passed over.
    """
    places = {}
    for node in module.body:
        targets = (name for part in getattr(node, "targets", []) for name in ast.walk(part))
        names_here = [name.id for name in targets if isinstance(name, ast.Name)]
        places |= dict.fromkeys([*names_here, getattr(node, "name", None)], node)
    waiting, used = list(names), set()
    while waiting:
        node = places.get(waiting.pop())
        if node is not None and node not in used:
            used.add(node)
            waiting += [name.id for name in ast.walk(node) if isinstance(name, ast.Name)]
    return "\n".join(ast.unparse(node) for node in module.body if node in used)


def blocks(node: ast.AST) -> list[list[ast.AST]]:
    """Return the lists of a node that hold statements, or hold the clauses that do."""
    return [block for name in _BLOCKS if isinstance(block := getattr(node, name, None), list)]


def imports(module: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the import statements of a module, those within functions too."""
    waiting = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        for block in blocks(node):
            waiting += block


def r_code(text: str) -> str:
    """Return the text of an R script without comments, empty lines and indentation."""

    def short(match: re.Match) -> str:
        if match["kept"]:
            return match["kept"]
        return "\n" if "\n" in match["space"] or "#" in match["space"] else " "

    return _R.sub(short, text).strip()


class _Code(ast.NodeTransformer):
    def generic_visit(self, node):
        """Visit statements only: nothing else is changed, and most of a tree is expressions."""
        for block in blocks(node):
            found = [self.visit(statement) for statement in block]
            lists = [one if isinstance(one, list) else [one] for one in found]
            block[:] = [one for part in lists for one in part if one is not None]
        return node

    def visit_Expr(self, node):
        """Drop docstrings: strings that nobody uses."""
        return None if _is_text(node.value) else self.generic_visit(node)

    def visit_If(self, node):
        """Drop what only type checkers import."""
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            return [self.visit(other) for other in node.orelse]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        """Drop annotations, which nobody but a decorator looks at."""
        if not node.decorator_list:
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Assert(self, node):
        node.msg = None
        return self.generic_visit(node)

    def visit_Raise(self, node):
        return _Wordless().visit(node)


class _Wordless(ast.NodeTransformer):
    """Empties sentences; a single word stays, since it may be a status or a key."""

    def visit_Constant(self, node):
        return ast.Constant("") if _is_text(node) and " " in node.value else node

    def visit_JoinedStr(self, node):
        text = "".join(part.value for part in node.values if _is_text(part))
        return ast.Constant("") if " " in text else node


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _assigned(node: ast.stmt) -> set[str]:
    return {t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)}
