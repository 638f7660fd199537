"""Trainings that were interrupted end as if they had not been."""

import dataclasses
import json

import numpy as np
import pytest

from clear import CLEAR
from clear.errors import ClearError
from clear.files.checkpoint import Checkpoint
from clear.files.storage import read_folder, write_folder
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED, RELEASED

SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=6)
SMALL_RELEASED = dataclasses.replace(RELEASED, hidden_nodes=16, n_latent=8, epochs=6)
SMALL_PLAIN_SGD = dataclasses.replace(SMALL_RELEASED, repeat_augmentations=False, sgd_momentum=0.0)
# Groups smaller than the data: new neighbours in each epoch.
IN_GROUPS = {"hidden_nodes": 16, "n_latent": 8, "epochs": 6, "min_steps": 0, "neighborhood": 25}
SMALL_DIFFUSION = dataclasses.replace(GRAPH_DIFFUSION, **IN_GROUPS)
SMALL_RECOMMENDED = dataclasses.replace(RECOMMENDED, components=8, neighbors=5, **IN_GROUPS)


def epoch_in(folder):
    return json.loads((folder / "checkpoint.json").read_text())["settings"]["state"]["epoch"]


class Stop(BaseException):
    """Stands for whatever ends a process."""


def stop_after(epoch, monkeypatch):
    """Let the training end as soon as the state of an epoch is written."""
    write = Checkpoint.on_epoch

    def on_epoch(self, now, state):
        write(self, now, state)
        if now == epoch:
            raise Stop

    monkeypatch.setattr(Checkpoint, "on_epoch", on_epoch)


# Minibatches of 25 of the 60 cells, so that queue and order of the cells matter.
@pytest.mark.parametrize(
    "preset", [SMALL, SMALL_RELEASED, SMALL_PLAIN_SGD, SMALL_RECOMMENDED, SMALL_DIFFUSION]
)
@pytest.mark.parametrize("epoch", [1, 4, 6])
def test_resumed_training_ends_with_the_same_bits(adata, tmp_path, monkeypatch, preset, epoch):
    queue = 0 if preset.keys == "components" else 70
    preset = dataclasses.replace(preset, batch_size=25, queue=queue)
    whole = CLEAR(preset, seed=3, device="cpu")
    expected = whole.fit_transform(adata)
    options = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0}
    with monkeypatch.context() as patch:
        stop_after(epoch, patch)
        with pytest.raises(Stop):
            CLEAR(preset, seed=3, device="cpu").fit(adata, **options)
    assert epoch_in(tmp_path / "state") == epoch
    model = CLEAR(preset, seed=3, device="cpu")
    assert np.array_equal(model.fit_transform(adata, resume=True, **options), expected)
    assert model.history_ == whole.history_
    assert epoch_in(tmp_path / "state") == 6
    # Distinct cells, or equality would say little.
    assert len(np.unique(expected, axis=0)) == 60


def test_state_is_written_first_when_due_and_last(tmp_path):
    written = []

    def state():
        written.append(epoch)
        return {"tensors": {}, "meta": {"epoch": epoch}}

    for seconds, expected in ((3600, [1, 5]), (0, [1, 2, 3, 4, 5])):
        written.clear()
        checkpoint = Checkpoint(tmp_path / str(seconds), {}, 5, seconds)
        for epoch in range(1, 6):
            checkpoint.on_epoch(epoch, state)
        assert written == expected


def test_finished_training_is_not_repeated(adata, tmp_path):
    options = {"checkpoint": tmp_path / "state"}
    expected = CLEAR(SMALL).fit_transform(adata, **options)
    before = (tmp_path / "state" / "checkpoint.json").stat().st_mtime_ns
    assert np.array_equal(CLEAR(SMALL).fit_transform(adata, resume=True, **options), expected)
    assert (tmp_path / "state" / "checkpoint.json").stat().st_mtime_ns == before


def test_resume_without_a_state_starts_at_the_beginning(adata, tmp_path):
    found = CLEAR(SMALL).fit_transform(adata, checkpoint=tmp_path / "state", resume=True)
    assert np.array_equal(found, CLEAR(SMALL).fit_transform(adata))
    with pytest.raises(ClearError, match="give the folder"):
        CLEAR(SMALL).fit(adata, resume=True)


def test_a_state_of_keys_that_counted_alike_is_refused(adata, tmp_path):
    """As they did before; no setting says so."""
    folder = tmp_path / "state"
    CLEAR(SMALL_RECOMMENDED).fit(adata, checkpoint=folder)
    tensors, settings = read_folder(folder, "checkpoint")
    del settings["made_of"]["weights of the keys"]
    write_folder(folder, "checkpoint", tensors, settings)
    with pytest.raises(ClearError, match="weights of the keys 'variances' instead of None"):
        CLEAR(SMALL_RECOMMENDED).fit(adata, checkpoint=folder, resume=True)


def test_state_is_not_overwritten_unasked(adata, tmp_path):
    CLEAR(SMALL).fit(adata, checkpoint=tmp_path / "state")
    with pytest.raises(ClearError, match="resume=True, on the command line --resume"):
        CLEAR(SMALL).fit(adata, checkpoint=tmp_path / "state")


def other_genes(adata):
    adata.var_names = [f"other{i}" for i in range(30)]
    return adata


def other_values(adata):
    adata.X[59, 29] += 1e-6
    return adata


@pytest.mark.parametrize(
    ("settings", "change", "message"),
    [
        ({"seed": 1}, None, "another training: seed 1 instead of 0. Use"),
        ({"epochs": 9}, None, "epochs 9 instead of 6"),
        (
            {"preset": dataclasses.replace(SMALL, temperature=0.5, noise_sd=0.1)},
            None,
            "noise_sd 0.1 instead of 0.2; temperature 0.5 instead of 0.2",
        ),
        ({}, lambda adata: adata[:50].copy(), "cells 50 instead of 60"),
        ({}, lambda adata: adata[:, :20].copy(), "genes 20 instead of 30; other gene names"),
        ({}, other_genes, "training: other gene names. Use"),
        ({}, other_values, "training: other expression values. Use"),
        ({}, lambda adata: adata[::-1].copy(), "training: other expression values. Use"),
    ],
)
def test_state_of_another_training_is_refused(adata, tmp_path, settings, change, message):
    CLEAR(SMALL).fit(adata, checkpoint=tmp_path / "state")
    model = CLEAR(**{"preset": SMALL, **settings})
    with pytest.raises(ClearError, match=message):
        model.fit(change(adata) if change else adata, checkpoint=tmp_path / "state", resume=True)


@pytest.mark.parametrize("seconds", [-1, float("nan"), "often"])
def test_wrong_intervals_are_refused(adata, tmp_path, seconds):
    with pytest.raises(ClearError, match="seconds between checkpoints"):
        CLEAR(SMALL).fit(adata, checkpoint=tmp_path / "state", checkpoint_seconds=seconds)
