"""The projection that is drawn beside the scores."""

import numpy as np

from clear.benchmark.tasks.projection import umap_table
from tests.tasks.clustering.runs import make_run, separate


def test_umap_keeps_separate_types_apart_and_passes_over_failures(tmp_path, truth):
    runs = [
        make_run(tmp_path / "good", embedding=separate()),
        make_run(tmp_path / "bad", status="failed"),
    ]
    table = umap_table(runs, truth, 10)
    assert set(table.method) == {"good"}
    assert len(table) == 90
    centres = table.groupby("cell_type")[["umap1", "umap2"]].mean().to_numpy()
    spread = table.groupby("cell_type")[["umap1", "umap2"]].std().to_numpy().max()
    assert (
        min(np.linalg.norm(centres[i] - centres[j]) for i, j in [(0, 1), (0, 2), (1, 2)]) > spread
    )
