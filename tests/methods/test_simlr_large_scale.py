"""SIMLR for many cells, the package itself in its own environment."""

import os

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.methods.environment import build
from clear.errors import ClearError
from clear.files.atomic import write_json

OUTPUTS = ["embedding", "clusters_given_k"]


@pytest.fixture(scope="module")
def environment(repository, tmp_path_factory):
    """The method's environment; skip where it cannot be built."""
    folder = tmp_path_factory.mktemp("simlr")
    try:
        build(repository / "envs/simlr.yaml", folder, folder / "environment.json")
    except ClearError as error:
        pytest.skip(f"envs/simlr.yaml cannot be built on this machine: {error}")
    # as in the workflow, relative to the folder in which the runner starts
    record = {"python": os.path.relpath(folder / "venv/bin/python", repository)}
    write_json(folder / "environment.json", record)
    write_json(folder / "status.json", {"status": "ok"})
    return str(folder)


def test_easy_types_are_found_and_the_seed_decides(run, script, environment, prepared):
    found = []
    for _ in range(2):
        options = {"environment": environment, "told": ["n_clusters"], "outputs": OUTPUTS}
        result = run(script, **options)
        assert result.status["status"] == "ok", result.log
        table = pd.read_csv(result.folder / "clusters.tsv", sep="\t").set_index("cell")
        found.append(table.loc[prepared.cells, "cluster"].to_numpy())
    assert adjusted_rand_score(prepared.labels, found[0]) > 0.9
    np.testing.assert_array_equal(*found)


def test_too_few_cells_are_declined(run, script, prepare):
    few = prepare(n_per_type=6)
    result = run(script, told=["n_clusters"], outputs=OUTPUTS, data=str(few.folder))
    assert result.status["status"] == "not_applicable"
    assert "needs more than 20 cells, this dataset has 18" in result.status["message"]
