"""SIMLR for many cells, the package itself in its own environment."""

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

OUTPUTS = ["embedding", "clusters_given_k"]


def test_easy_types_are_found_and_the_seed_decides(run, script, environment, prepared):
    found = []
    for _ in range(2):
        options = {"environment": environment("simlr"), "told": ["n_clusters"], "outputs": OUTPUTS}
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
