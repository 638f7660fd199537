"""Which device tests train on, on a machine that seems to have a GPU, and on one that has none."""

import re
import subprocess
import sys

import pytest

SEEMS_TO_HAVE_ONE = """
import torch

torch.cuda.is_available = lambda: True
"""
TESTS = """
import os
import subprocess
import sys

import anndata
import numpy as np
import pytest

from clear import CLEAR
from clear.parameters import resolve
from clear.presets import PAPER


@pytest.fixture(scope="module")
def shared():
    return str(resolve(CLEAR())[1])


def test_estimator_trains_on_the_cpu():
    cells = anndata.AnnData(np.random.default_rng(0).random((9, 5)))
    assert CLEAR(PAPER, epochs=1, verbose=False).fit(cells).device_ == "cpu"


def test_fixture_of_several_tests(shared):
    assert shared == "cpu"


def test_process_sees_no_gpu():
    code = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    assert subprocess.check_output([sys.executable, "-c", code]) == b"\\n"


@pytest.mark.needs_gpu
def test_on_a_gpu():
    assert str(resolve(CLEAR())[1]) == "cuda"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_after_the_gpu():
    assert str(resolve(CLEAR())[1]) == "cpu"
"""


@pytest.fixture
def run(tmp_path, repository, monkeypatch):
    """Run ``TESTS`` with the hooks of this suite, and a plugin of which the text is given."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "test_some.py").write_text(TESTS)

    def run(plugin):
        (tmp_path / "machine_of_the_test.py").write_text(plugin)
        command = [sys.executable, "-m", "pytest", "-rs", "-c", str(repository / "pyproject.toml")]
        command += ["-p", "machine_of_the_test", "-p", "tests.conftest", str(tmp_path)]
        done = subprocess.run(command, cwd=repository, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        return re.sub(" in .*", "", done.stdout.splitlines()[-1]).strip("= "), done.stdout

    return run


def test_gpus_are_for_tests_that_are_marked(run):
    assert run(SEEMS_TO_HAVE_ONE)[0] == "5 passed"


def test_marked_tests_are_skipped_with_a_reason(run):
    summary, text = run("import torch\ntorch.cuda.is_available = lambda: False\n")
    assert summary == "4 passed, 1 skipped"
    assert "there is no CUDA device" in text
