"""iMAP, the package in the environment that uv builds."""

import h5py
import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

FEW = {"encoder_epochs": 1, "gan_epochs": 1, "n_top_genes": 2000, "n_components": 50}


@pytest.fixture
def correct(run, script, environment):
    """Run it, told the batch."""

    def run_on(made, settings=FEW):
        told = {"told": ["batch"], "environment": environment("imap")}
        return run(script, data=str(made.folder), minutes=5, settings=settings, **told)

    return run_on


def test_it_corrects_the_smaller_batch_and_every_cell_keeps_its_place(correct, prepare):
    batch = np.array(["a"] * 85 + ["b"] * 5)
    made = prepare(batch=batch, batch_effect=0.3)
    result = correct(made)
    assert result.status["status"] == "ok", result.log
    assert "variable genes of all batches together" in result.log
    assert "Merging dataset b to a" in result.log
    with h5py.File(result.folder / "embedding.h5") as file:
        assert file["cells"].asstr()[()].tolist() == made.cells
        embedding = file["X"][()]
    assert embedding.shape == (90, 50)
    found = KMeans(3, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(made.labels, found) >= 0.9


def test_a_batch_of_one_cell_is_declined(correct, prepare):
    made = prepare(batch=np.array(["a"] * 89 + ["b"]))
    result = correct(made)
    assert result.status["status"] == "not_applicable", result.log
    assert "'b' has one cell" in result.status["message"]
