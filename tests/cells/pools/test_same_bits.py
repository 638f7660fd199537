"""The same bits wherever the cells lie, however fast they are read, and after an interruption."""

import dataclasses
import time

import anndata
import numpy as np
import pytest
import torch
from anndata import AnnData
from scipy import sparse

from clear import CLEAR
from clear.cells import load as loading
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.cells.pools import Chunked
from clear.cells.scratch import Scratch
from clear.errors import ClearError
from clear.model.train import train
from clear.presets import PAPER
from tests.cells.pools.pooling import SMALL, SMALL_RELEASED, chunked, sparse_values


@pytest.mark.parametrize(
    ("preset", "form"),
    [(SMALL, np.asarray), (SMALL, sparse.csc_matrix), (SMALL_RELEASED, sparse.csr_matrix)],
)
def test_memory_and_disk_give_the_same_bits(few_values, cells, tmp_path, preset, form):
    expected = CLEAR(preset, device="cpu").fit_transform(cells)
    cells.X = form(cells.X)
    assert np.array_equal(CLEAR(preset, device="cpu").fit_transform(cells), expected)
    cells.write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    assert np.array_equal(CLEAR(preset, device="cpu").fit_transform(backed), expected)
    backed.file.close()
    other = CLEAR(preset, device="cpu", seed=1).fit_transform(cells)
    assert not np.array_equal(other, expected)
    assert len(np.unique(expected, axis=0)) > 1000


def test_one_pool_and_chunks_learn_alike(monkeypatch):
    """The same minibatches but for their order: the losses agree to a few per cent."""
    random = np.random.default_rng(0)
    rates = random.gamma(1, 1, 200) * np.exp(random.normal(0, 1, (4, 200)))
    counts = random.poisson(20 * rates[np.arange(2000) // 500])  # sorted by type
    data = AnnData(np.log1p(counts).astype(np.float32))
    preset = dataclasses.replace(SMALL, hidden_nodes=64, n_latent=16, epochs=8)
    whole = CLEAR(preset, device="cpu").fit(data)
    monkeypatch.setattr(loading, "POOL_VALUES", 500 * 200)
    parts = CLEAR(preset, device="cpu").fit(data)
    first, second = whole.history_[-1], parts.history_[-1]
    assert first != second
    assert first["loss"] < first["chance"] - 0.3
    assert abs(first["loss"] / second["loss"] - 1) < 0.05
    assert first["chance"] == second["chance"]


@pytest.mark.parametrize("preset", [SMALL, SMALL_RELEASED])
def test_interrupted_streaming_ends_with_the_same_bits(
    few_values, cells, tmp_path, monkeypatch, preset
):
    cells.write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    expected = CLEAR(preset, seed=3, device="cpu").fit_transform(backed)
    options = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0}

    class Stop(BaseException):
        pass

    with monkeypatch.context() as patch:
        calls = []

        def stop(self, generator, batch_size, batches):
            calls.append(None)
            for number, chunk in enumerate(chunks(self, generator, batch_size, batches)):
                if len(calls) == 3 and number == 1:  # in the middle of the third epoch
                    raise Stop
                yield chunk

        chunks = Chunked.chunks
        patch.setattr(Chunked, "chunks", stop)
        with pytest.raises(Stop):
            CLEAR(preset, seed=3, device="cpu").fit(backed, **options)
    model = CLEAR(preset, seed=3, device="cpu").fit(backed, resume=True, **options)
    assert np.array_equal(model.transform(backed), expected)
    # The same values from memory are the same training.
    again = CLEAR(preset, seed=3, device="cpu").fit(cells, resume=True, **options)
    assert np.array_equal(again.transform(cells), expected)
    cells.X[1029, 19] += 1e-6
    with pytest.raises(ClearError, match="other expression values"):
        CLEAR(preset, seed=3, device="cpu").fit(cells, resume=True, **options)
    backed.file.close()


def test_chunks_do_not_depend_on_how_fast_they_are_read(monkeypatch):
    values = sparse_values(601)
    expected, *_ = train(chunked(values, 300), SMALL, 0)
    read = Scratch.read
    pauses = iter(np.random.default_rng(0).uniform(0, 0.05, 100))

    def slowly(self, runs):
        time.sleep(next(pauses))
        return read(self, runs)

    monkeypatch.setattr(Scratch, "read", slowly)
    found, *_ = train(chunked(values, 300, in_memory=False), SMALL, 0)
    assert all(
        torch.equal(*both) for both in zip(found.parameters(), expected.parameters(), strict=True)
    )


def test_last_minibatch_of_one_cell_in_chunks(few_values):
    values = sparse_values(601)
    _, history, _ = train(chunked(values, 300), SMALL, 0)
    assert all(np.isfinite(list(row.values())).all() for row in history)
    _, whole, _ = train(torch.from_numpy(values), SMALL, 0)
    assert [row["learning_rate"] for row in history] == [row["learning_rate"] for row in whole]
    assert history[-1]["chance"] == whole[-1]["chance"]


@pytest.mark.parametrize("form", ["gzip", None])
def test_fit_transform_reads_twice_and_gives_what_fit_and_transform_give(
    few_values, tmp_path, monkeypatch, form
):
    """The cells come from memory or the spilled copy, bit by bit those of the file."""
    path = tmp_path / "x.h5ad"
    counts = np.random.default_rng(0).poisson(0.5, (2 * BLOCK_CELLS + 9, 40)).astype(np.float32)
    AnnData(sparse.csr_matrix(counts)).write_h5ad(path, compression=form)
    passes = []
    real = Expression._stored
    monkeypatch.setattr(Expression, "_stored", lambda self: passes.append(self) or real(self))
    preset = dataclasses.replace(PAPER, epochs=1, hidden_nodes=8, n_latent=4)
    model = CLEAR(preset, n_top_genes=20, device="cpu", verbose=False)
    at_once = model.fit_transform(anndata.read_h5ad(path, backed="r"), counts=True)
    assert len(passes) == 2
    again = model.fit(anndata.read_h5ad(path, backed="r"), counts=True)
    assert np.array_equal(again.transform(anndata.read_h5ad(path, backed="r")), at_once)
    assert len(passes) == 5
