"""Import the PyPI package SIMLR 0.1.3, which was written for Python 2."""

import builtins
import importlib
import importlib.util
import sys
import types

import numpy as np
from scipy.sparse.linalg import eigsh


def load(seed):
    """Return the package's modules ``core`` and ``helper``.

    Its ``__init__`` imports ``core`` by a name that only Python 2 finds, and its code calls
    ``xrange``: an empty package takes the place of the first, ``range`` that of the second. Its
    random numbers are numpy's global ones, but for the start of the eigenvectors, where SciPy no
    longer draws from those.
    """
    np.random.seed(seed)  # noqa: NPY002
    builtins.xrange = range
    found = importlib.util.find_spec("SIMLR")
    if found is None:
        raise ModuleNotFoundError("No module named 'SIMLR'", name="SIMLR")
    package = types.ModuleType("SIMLR")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["SIMLR"] = package
    core, helper = importlib.import_module("SIMLR.core"), importlib.import_module("SIMLR.helper")
    rng = np.random.default_rng(seed)

    def from_a_drawn_start(matrix, *arguments, **options):
        return eigsh(matrix, *arguments, v0=rng.uniform(-1, 1, matrix.shape[0]), **options)

    core.linalg = types.SimpleNamespace(eigsh=from_a_drawn_start)
    return core, helper
