"""Invented results, the same as those of the report's tests."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

GENERATOR = Path(__file__).parents[1] / "report" / "synthetic_run.py"


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    """Generators of invented results."""
    return SimpleNamespace(**runpy.run_path(str(GENERATOR)))
