"""Imports follow the picture of the modules in docs/benchmark.md, and never form a circle.

Imports inside functions count like those at the top of a module.
"""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest


def module_name(package, path):
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(package):
    """For each module of a package, the modules of that package that it imports anywhere."""
    files = {module_name(package, path): path for path in package.rglob("*.py")}
    found = {}
    for module, path in files.items():
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                start = node.module or ""
                if node.level:
                    inner = module.split(".") + ["__init__"] * (path.stem == "__init__")
                    start = ".".join([*inner[: -node.level], *filter(None, [node.module])])
                for alias in node.names:
                    full = f"{start}.{alias.name}"
                    names.add(full if full in files else start)
        found[module] = names & set(files) - {module}
    return found


def part_of(module):
    """The name in the picture: the first level of clear or of clear.benchmark."""
    parts = module.split(".")
    start = 2 if parts[:2] == ["clear", "benchmark"] else 1
    return parts[start] if len(parts) > start else parts[-1]


def arrows(lines):
    """What each name of a picture may import: all that arrows lead to, directly or not."""
    direct = {}
    for line in lines:
        groups = [set(group.strip().split(", ")) for group in line.split("<-")]
        for left, right in pairwise(groups):
            for name in right:
                direct.setdefault(name, set()).update(left)
        for name in groups[0]:
            direct.setdefault(name, set())
    reached = {}
    for name in TopologicalSorter(direct).static_order():
        reached[name] = direct[name].union(*(reached[left] for left in direct[name]))
    return reached


def violations(imports, allowed):
    """Imports between parts that no arrow allows; the benchmark may import all of the core."""
    found = {}
    for module, imported in imports.items():
        for other in imported:
            pair = part_of(module), part_of(other)
            to_core = module.startswith("clear.benchmark") and not other.startswith(
                "clear.benchmark"
            )
            if pair[0] != pair[1] and not to_core and pair[1] not in allowed.get(pair[0], ()):
                found.setdefault(pair, []).append(f"{module} imports {other}")
    return found


@pytest.fixture(scope="module")
def imports(repository):
    return imports_of(repository / "clear")


@pytest.fixture(scope="module")
def picture(repository):
    page = (repository / "docs" / "benchmark.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (block,) = (block for block in blocks if "<-" in block)
    return arrows(block.splitlines())


def test_the_vocabulary_imports_nothing(repository):
    text = (repository / "clear/benchmark/vocabulary.py").read_text()
    assert not re.search(r"^\s*(from|import)\b", text, re.MULTILINE)


def test_no_circle(imports):
    TopologicalSorter(imports).prepare()  # raises CycleError


def test_the_core_is_free_of_the_benchmark(imports):
    core = {m: names for m, names in imports.items() if not m.startswith("clear.benchmark")}
    assert not [
        f"{module} imports {name}"
        for module, names in core.items()
        for name in names
        if name.startswith("clear.benchmark")
    ]


def test_imports_follow_the_arrows(imports, picture):
    assert not violations(imports, picture)


def test_the_picture_has_all_modules_and_no_others(imports, picture):
    parts = {part_of(module) for module in imports} - {"benchmark"}
    assert parts == set(picture), "draw new modules into the picture in docs/benchmark.md"


def package(folder, **texts):
    for name, text in texts.items():
        path = (folder / "clear" / name.replace("__", "/")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return imports_of(folder / "clear")


def test_imports_in_functions_and_relative_ones_are_found(tmp_path):
    found = package(
        tmp_path,
        a="def f():\n    from clear.fast import b\n",
        fast__b="from ..model.c import thing\nimport numpy\n",
        model__c="from . import d\nimport clear.a\n",
        model__d="",
    )
    assert found["clear.a"] == {"clear.fast.b"}
    assert found["clear.fast.b"] == {"clear.model.c"}
    assert found["clear.model.c"] == {"clear.model.d", "clear.a"}
    with pytest.raises(CycleError):
        TopologicalSorter(found).prepare()


def test_an_import_against_the_arrows_is_found(tmp_path):
    found = package(
        tmp_path,
        errors="",
        model__c="import clear.errors\nimport clear.fast.b\n",
        fast__b="def f():\n    import clear.model.c\n",
        benchmark__tasks__t="import clear.model.c\nimport clear.benchmark.metrics.m\n",
        benchmark__metrics__m="from clear.benchmark.tasks import t\n",
    )
    allowed = arrows(["errors <- fast <- model", "metrics <- tasks"])
    assert set(violations(found, allowed)) == {("fast", "model"), ("metrics", "tasks")}
    assert allowed["model"] == {"fast", "errors"}


def test_a_start_of_the_workflow_lists_metrics_tasks_and_figures_without_what_they_compute_with():
    code = (
        "import sys\n"
        "import clear.benchmark.workflow\n"
        "from clear.benchmark.figures.registry import find_figures\n"
        "from clear.benchmark.metrics.metric import all_metrics\n"
        "from clear.benchmark.tasks.registry import all_tasks\n"
        "assert find_figures() and all_metrics() and all_tasks()\n"
        "heavy = {'matplotlib', 'scanpy', 'scipy.stats', 'sklearn', 'torch'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
