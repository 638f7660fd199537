"""The benchmark's script of CLEAR, run by the real runner."""

import h5py
import numpy as np
import pytest
import torch
from anndata import AnnData

from clear import CLEAR
from clear.presets import get_preset


@pytest.fixture
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_script_gives_what_the_package_gives(run, repository, prepared, one_thread):
    script = repository / "scripts/methods/clear/run.py"
    settings = {"preset": "paper", "changes": {"epochs": 2}}
    result = run(script, settings=settings, seed=3, threads=1, device="cpu")
    assert result.status["status"] == "ok", result.status["message"]
    with h5py.File(result.folder / "embedding.h5") as file:
        found, cells = file["X"][()], list(file["cells"].asstr())
    model = CLEAR("paper", seed=3, epochs=2, device="cpu")
    expected = model.fit_transform(AnnData(prepared.logged[:, prepared.highly_variable]))
    assert cells == prepared.cells
    assert np.array_equal(found, expected)
    assert result.status["computed_by"] == {"precision": model.precision_, **model.computed_by_}


@pytest.mark.parametrize(("scale", "status"), [("released", "ok"), ("log1p", "failed")])
def test_values_are_as_large_as_the_input_says(run, repository, prepared, scale, status):
    with h5py.File(prepared.input, "r+") as file:
        file["X/data"][...] *= 50
        file["uns/scale"][()] = scale
    settings = {"preset": "released", "changes": {"epochs": 2}}
    result = run(repository / "scripts/methods/clear/run.py", settings=settings, device="cpu")
    assert result.status["status"] == status, result.status["message"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preset": "papper"}, "did you mean 'paper'"),
        ({"changes": {"epoch": 2}}, "no setting 'epoch'; did you mean 'epochs'"),
        ({"changes": {"epochs": 0}}, "epochs must be at least 1"),
    ],
)
def test_mistake_in_the_card_is_named(run, repository, settings, words):
    result = run(repository / "scripts/methods/clear/run.py", settings=settings)
    assert result.status["status"] == "failed"
    assert words in result.status["message"]


def test_script_hands_on_the_batches(run, repository, prepare, one_thread):
    prepared = prepare(batch=True)
    script = repository / "scripts/methods/clear/run.py"
    settings = {"changes": {"epochs": 2, "min_steps": 0}}
    result = run(script, settings=settings, seed=3, data=str(prepared.folder), told=["batch"])
    assert result.status["status"] == "ok", result.status["message"]
    with h5py.File(result.folder / "embedding.h5") as file:
        found = file["X"][()]
    adata = AnnData(prepared.logged[:, prepared.highly_variable])
    adata.obs["sample"] = np.where(np.arange(len(prepared.cells)) % 2, "b", "a")
    model = CLEAR(
        get_preset("recommended", **settings["changes"]), seed=3, device="cpu", batch_key="sample"
    )
    assert np.array_equal(found, model.fit_transform(adata))
