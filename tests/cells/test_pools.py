"""Pools and chunks: every cell once, as many steps, the same bits wherever the cells lie."""

import dataclasses
import os
import resource
import time

import anndata
import numpy as np
import pytest
import torch
from anndata import AnnData
from scipy import sparse

from clear import CLEAR
from clear.cells import load as loading
from clear.cells.load import load
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.cells.pools import RUN_CELLS, Chunked, Whole, chunk_edges
from clear.cells.scratch import Scratch
from clear.cli import main
from clear.errors import ClearError
from clear.model.train import train
from clear.presets import PAPER, RELEASED

SMALL = dataclasses.replace(
    PAPER, hidden_nodes=16, n_latent=8, learning_rate=1e-3, epochs=3, batch_size=100
)
SMALL_RELEASED = dataclasses.replace(
    RELEASED, hidden_nodes=16, n_latent=8, epochs=3, batch_size=100
)
CPU = torch.device("cpu")


def sparse_values(cells, genes=20, seed=0):
    random = np.random.default_rng(seed)
    values = np.log1p(random.poisson(1.0, (cells, genes)) / 3).astype(np.float32)
    values[:, 0] = 1 + np.arange(cells) / cells / 2  # tells the cells apart
    return values


def chunked(values, room, in_memory=True):
    scratch = Scratch(*values.shape, in_memory)
    scratch.append(values)
    return Chunked(scratch, torch.zeros(room, values.shape[1]))


@pytest.mark.parametrize(
    ("cells", "batch", "room"),
    [
        (1000, 100, 300),
        (1001, 100, 300),
        (999, 100, 450),
        (640, 64, 128),
        (257, 128, 256),
        (5, 2, 4),
    ],
)
def test_every_cell_comes_once_in_whole_minibatches(cells, batch, room):
    values = sparse_values(cells)
    source = chunked(values, room)
    generator = torch.Generator().manual_seed(0)
    batches = -(-cells // batch)
    for _ in range(3):
        seen, sizes = [], []
        for pool, order in source.chunks(generator, batch, batches):
            seen.append(pool[order].clone())
            sizes.append(len(pool))
            assert len(pool) <= room
        assert sum(sizes) == cells
        assert all(size % batch == 0 for size in sizes[:-1])
        assert sizes[-1] > batch
        assert len(sizes) > 1
        seen = torch.cat(seen).numpy()
        assert not np.array_equal(seen, values)
        assert np.array_equal(seen[seen[:, 0].argsort()], values)


def test_dropped_minibatch_is_another_one_each_epoch():
    values = sparse_values(1000)
    source = chunked(values, 500)
    generator = torch.Generator().manual_seed(0)
    left = []
    for _ in range(4):
        seen = torch.cat([pool[order, 0] for pool, order in source.chunks(generator, 300, 3)])
        assert len(seen.unique()) == 900
        left.append(frozenset(values[:, 0]) - frozenset(seen.tolist()))
    assert len(set(left)) == 4


def test_cells_of_a_chunk_come_from_all_over_the_file():
    """Chunks of 100 runs: their cells' mean place is that of a random sample of runs."""
    cells = 400 * RUN_CELLS
    place = np.arange(cells, dtype=np.float32)[:, None]
    source = chunked(place + 1, 100 * RUN_CELLS)
    generator = torch.Generator().manual_seed(0)
    means, neighbours = [], []
    for _ in range(5):
        for pool, order in source.chunks(generator, RUN_CELLS, 400):
            found = pool[order, 0].numpy().astype(int) - 1
            means.append(found.mean() / cells)
            neighbours.append((np.diff(found) == 1).mean())
    assert abs(np.mean(means) - 0.5) < 1 / cells
    expected = np.sqrt(1 / 12 / 100 * 0.75)  # of 100 out of 400, without replacement
    assert 0.6 * expected < np.std(means) < 1.5 * expected
    assert np.mean(neighbours) < 3 / (100 * RUN_CELLS)


@pytest.mark.parametrize("at_most", [2, 3, 7, 100])
def test_chunks_are_few_and_equal(at_most):
    for batches in range(1, 60):
        edges = chunk_edges(batches, at_most)
        sizes = np.diff(edges)
        assert (edges[0], edges[-1]) == (0, batches)
        assert len(sizes) == -(-batches // at_most)
        assert sizes.max() <= at_most
        assert sizes.max() - sizes.min() <= 1
        assert sizes[-1] >= 2 or batches == 1


def test_one_pool_is_ordered_as_by_torch():
    pool = torch.from_numpy(sparse_values(50))
    for batches in (5, 4):
        generator, same = (torch.Generator().manual_seed(3) for _ in range(2))
        ((found, order),) = Whole(pool).chunks(generator, 10, batches)
        assert found is pool
        assert torch.equal(order, torch.randperm(50, generator=same)[: 10 * batches])


def write(path, values):
    AnnData(sparse.csr_matrix(values)).write_h5ad(path)
    return anndata.read_h5ad(path, backed="r")


@pytest.fixture
def few_values(monkeypatch):
    """Pools of 300 cells x 20 genes, so that little data come in chunks."""
    monkeypatch.setattr(loading, "POOL_VALUES", 6000)


@pytest.fixture
def cells():
    return AnnData(sparse_values(1030))


def test_one_pool_where_it_fits_and_twice_where_crossovers_write_back(few_values):
    for preset, most in ((SMALL, 300), (SMALL_RELEASED, 200)):  # never under two minibatches
        for cells, kind in ((most, Whole), (most + 1, Chunked)):
            expression = Expression(AnnData(sparse_values(cells)))
            source = load(expression, np.arange(20), CPU, preset)
            assert type(source) is kind
            source.close()


def test_only_cells_from_disk_go_to_disk(few_values, cells, tmp_path, monkeypatch):
    backed = write(tmp_path / "x.h5ad", cells.X)
    expected = CLEAR(SMALL, device="cpu").fit_transform(backed)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert np.array_equal(CLEAR(SMALL, device="cpu").fit_transform(cells), expected)
    with pytest.raises(ClearError, match="temporary copy of the cells cannot be written .*TMPDIR"):
        CLEAR(SMALL, device="cpu").fit(backed)
    backed.file.close()


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


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (np.nan, {}, r"adata.X of .*x.h5ad holds NaN"),
        (99.0, {}, r"x.h5ad does not look log-normalised.*counts=True"),
        (np.nan, {"n_top_genes": 5}, r"x.h5ad holds NaN"),
    ],
)
def test_bad_value_in_the_third_block(few_values, tmp_path, monkeypatch, value, options, message):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    values = sparse_values(3 * BLOCK_CELLS)
    values[2 * BLOCK_CELLS + 5, 7] = value
    backed = write(tmp_path / "x.h5ad", values)
    with pytest.raises(ClearError, match=message):
        CLEAR(SMALL, **options).fit(backed)
    assert list((tmp_path / "scratch").iterdir()) == []
    backed.file.close()


def test_file_cut_off_while_it_is_read(few_values, tmp_path):
    backed = write(tmp_path / "x.h5ad", sparse_values(3 * BLOCK_CELLS))
    expression = Expression(backed)
    os.truncate(tmp_path / "x.h5ad", (tmp_path / "x.h5ad").stat().st_size // 2)
    with pytest.raises(ClearError, match=r"x.h5ad cannot be read to its end .*cut off"):
        load(expression, np.arange(20), CPU, SMALL)
    with pytest.raises(ClearError, match=r"x.h5ad cannot be read .*cut off"):
        CLEAR(SMALL).fit(backed)


def test_full_disk_leaves_nothing(few_values, cells, tmp_path, monkeypatch, capsys):
    write(tmp_path / "x.h5ad", cells.X).file.close()
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        arguments = [str(tmp_path / name) for name in ("x.h5ad", "out.h5ad")]
        assert main(["embed", *arguments, "--device", "cpu"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    error = capsys.readouterr().err
    assert "cannot be written to" in error and "File too large" in error and "TMPDIR" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch", "x.h5ad"]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_file_removed_while_it_is_open_is_still_read(few_values, cells, tmp_path):
    expected = CLEAR(SMALL, device="cpu").fit_transform(cells)
    backed = write(tmp_path / "x.h5ad", cells.X)
    (tmp_path / "x.h5ad").unlink()
    assert np.array_equal(CLEAR(SMALL, device="cpu").fit_transform(backed), expected)
    backed.file.close()


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
