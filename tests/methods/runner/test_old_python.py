"""The runner and the contract work with any method's interpreter."""

import ast
import subprocess
import sys

import pytest

from clear.benchmark.code_hash import dependencies

METHODS = "clear/benchmark/methods"
STANDARD = set(sys.stdlib_module_names) | {"clear"}


@pytest.mark.parametrize(
    ("start", "packages"),
    [
        (f"{METHODS}/runner/__main__.py", STANDARD),
        (f"{METHODS}/launch.py", STANDARD),
        *((f"{METHODS}/contract/{name}.py", {*STANDARD, "numpy", "h5py"})
          for name in ("__init__", "cells", "outputs", "params", "settings")),
    ],
)  # fmt: skip
def test_python_3_7_is_enough(repository, start, packages):
    """Of every file that is imported on the way: syntax, and which packages it asks for."""
    for file in dependencies(repository / start):
        for node in ast.walk(ast.parse(file.read_text(), feature_version=(3, 7))):
            if isinstance(node, ast.Import):
                assert {alias.name.partition(".")[0] for alias in node.names} <= packages, file
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module.partition(".")[0] in packages, file


def test_no_file_of_the_runner_imports_what_a_methods_environment_lacks(repository):
    """Isolated, from another folder, without site-packages: nothing but the repository is there."""
    code = f"""
import runpy, sys
sys.argv = ["runner"]
try:
    runpy.run_path({str(repository / METHODS / "runner/__main__.py")!r})["main"]("", "[")
except ValueError:  # no JSON, which is read once all is imported
    print(sorted({{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names))
"""
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['__main__', 'clear']"
