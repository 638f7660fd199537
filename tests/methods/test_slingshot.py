"""Slingshot on a path and on a fork, in the environment that uv builds."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

#: A stem of two clusters and two branches of one, 50 cells each.
CENTRES = np.array([[0, 0], [6, 0], [12, 5], [12, -5]])
LABELS = np.repeat([0, 1, 2, 3], 50)
FORK = np.random.default_rng(0).normal(size=(200, 2)) + CENTRES[LABELS]
#: Name of a fit: cells x dimensions, cluster of each cell, rounds. The package smooths its curves
#: in the units of the space: 16 times as wide, one is NaN after the first round, the second raises.
FITS = {
    "narrow": (FORK, LABELS, 10),
    "not a number": (16 * FORK, LABELS, 1),
    "raises": (16 * FORK, LABELS, 10),
    "wider": (128 * FORK, LABELS, 10),
    "one place": (np.repeat([[0, 0], [5, 1], [6, 3]], [3, 1, 2], axis=0), [0, 0, 0, 1, 1, 1], 10),
}
#: Runs in the environment: argv[1] is the script's folder, the fits come in and go out as JSON.
PROGRAM = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from trajectory import pseudotime

def fit(space, labels, epochs):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            time, curves = pseudotime(np.array(space), np.array(labels), 0, epochs)
        except Exception as error:
            return {"error": str(error), "log": printed.getvalue()}
    return {"time": time.tolist(), "curves": curves, "log": printed.getvalue()}

print(json.dumps({name: fit(*given) for name, given in json.load(sys.stdin).items()}))
"""


def test_a_path_is_ordered_from_its_first_stage(orders, lineage, environment):
    found, result = orders(environment=environment("slingshot"))
    assert spearmanr(found, lineage.time).statistic > 0.8
    assert "lineages through" in result.log
    assert result.status["versions"]["numpy"].startswith("1.")


@pytest.fixture(scope="module")
def fits(environment, repository):
    """Return what each of FITS gave, with the package itself."""
    record = json.loads(Path(environment("slingshot"), "environment.json").read_text())
    given = {
        name: (np.asarray(space).tolist(), np.asarray(labels).tolist(), epochs)
        for name, (space, labels, epochs) in FITS.items()
    }
    done = subprocess.run(
        [record["python"], "-I", "-c", PROGRAM, "scripts/methods/slingshot"],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        input=json.dumps(given),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "name, again", [("narrow", False), ("not a number", True), ("raises", True), ("wider", True)]
)
def test_where_the_curves_break_the_space_is_measured_by_its_spread(fits, name, again):
    found = fits[name]
    assert "error" not in found
    assert found["curves"] == 2
    assert ("once more" in found["log"]) is again
    time = np.array(found["time"])
    for branch in (2, 3):
        path = np.isin(LABELS, (0, 1, branch))
        assert spearmanr(time[path], FORK[path, 0]).statistic > 0.9
    # the spread within clusters along the stem is 1 in the space that the curves were fitted in
    stem = time[:100].reshape(2, 50)
    assert (stem - stem.mean(axis=1, keepdims=True)).std() == pytest.approx(1, abs=0.3)


def test_the_second_fit_is_the_same_whatever_the_units(fits):
    # powers of two leave no rounding, which moves the knots of the splines
    np.testing.assert_array_equal(fits["wider"]["time"], fits["raises"]["time"])


def test_another_error_of_the_package_is_raised(fits):
    assert fits["one place"] == {"error": "Singular matrix", "log": ""}
