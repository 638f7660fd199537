"""The estimator and the command line told the batches."""

import dataclasses

import anndata
import numpy as np
import pytest

import clear.cells.load
from clear import CLEAR
from clear.cells.pools import RUN_CELLS
from clear.cli import main
from clear.errors import ClearError
from clear.files.checkpoint import Checkpoint
from clear.presets import PRESETS, RECOMMENDED

SHORT = dataclasses.replace(
    RECOMMENDED, hidden_nodes=16, n_latent=8, components=8, epochs=3, min_steps=0
)
BATCHED = {"batch_key": "sample", "device": "cpu", "verbose": False}


@pytest.fixture
def adata(adata):
    """60 cells of three batches, one of a single cell and one of three."""
    adata.obs["sample"] = ["a"] * 56 + ["b"] * 3 + ["c"]
    return adata


def test_batches_change_the_training_and_are_recorded(adata):
    found = CLEAR(SHORT, **BATCHED).fit_transform(adata)
    assert found.shape == (60, 8)
    assert np.isfinite(found).all()
    assert adata.uns["clear"]["batch_key"] == "sample"
    assert not adata.uns["clear"]["settings"]["hidden_direction"]
    preset = dataclasses.replace(SHORT, hidden_direction=False)
    without = CLEAR(preset, device="cpu", verbose=False).fit_transform(adata)
    assert "batch_key" not in adata.uns["clear"]
    assert not np.array_equal(found, without)


def test_names_of_batches_do_not_matter(adata):
    found = CLEAR(SHORT, **BATCHED).fit_transform(adata)
    adata.obs["sample"] = adata.obs["sample"].map({"a": 9, "b": 1, "c": 5}).astype("category")
    assert np.array_equal(CLEAR(SHORT, **BATCHED).fit_transform(adata), found)


def test_one_batch_is_the_training_without(adata, caplog):
    adata.obs["sample"] = "a"
    found = CLEAR(SHORT, **BATCHED).fit_transform(adata)
    assert "one batch only" in caplog.text
    expected = CLEAR(SHORT, device="cpu", verbose=False).fit_transform(adata)
    assert np.array_equal(found, expected)


def test_new_cells_and_loaded_models_need_no_batches(adata, tmp_path):
    model = CLEAR(SHORT, **BATCHED)
    expected = model.fit_transform(adata)
    model.save(tmp_path / "model")
    same = CLEAR.load(tmp_path / "model", device="cpu")
    assert same.batch_key == "sample"
    del adata.obs["sample"]
    assert np.array_equal(same.transform(adata), expected)
    assert np.allclose(same.transform(adata[:7].copy()), expected[:7], atol=1e-6)


def test_resumed_with_the_same_batches_only(adata, tmp_path):
    expected = CLEAR(SHORT, **BATCHED).fit_transform(adata)
    options = {"checkpoint": tmp_path / "state", "checkpoint_seconds": 0}

    class Killed(BaseException):
        pass

    def kill(self, epoch, state):
        write(self, epoch, state)
        if epoch == 2:
            raise Killed

    write = Checkpoint.on_epoch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "on_epoch", kill)
        with pytest.raises(Killed):
            CLEAR(SHORT, **BATCHED).fit(adata, **options)
    model = CLEAR(SHORT, **BATCHED).fit(adata, resume=True, **options)
    assert np.array_equal(model.transform(adata), expected)
    adata.obs["sample"] = ["a"] * 50 + ["b"] * 10
    with pytest.raises(ClearError, match="another training: other batches"):
        CLEAR(SHORT, **BATCHED).fit(adata, resume=True, **options)


def test_cells_in_chunks_keep_their_batches(tmp_path, monkeypatch):
    """From disk, in chunks of a part of the cells: each row of a chunk has its cell's batch."""
    random = np.random.default_rng(0)
    cells = 12 * RUN_CELLS
    batch = np.repeat([0, 1], [cells // 3, cells - cells // 3])
    values = np.log1p(random.poisson(np.where(batch, 9.0, 1.0)[:, None], (cells, 20)))
    adata = anndata.AnnData(values.astype(np.float32))
    adata.obs["sample"] = batch
    adata.write_h5ad(tmp_path / "x.h5ad")
    backed = anndata.read_h5ad(tmp_path / "x.h5ad", backed="r")
    seen = []

    def use(self, pool, batches=None):
        seen.append((pool.mean(dim=1) > 1.5, batches))
        return used(self, pool, batches)

    used = clear.model.train.Learner.use
    monkeypatch.setattr(clear.model.train.Learner, "use", use)
    monkeypatch.setattr(clear.cells.load, "POOL_VALUES", cells // 2 * 20)
    preset = dataclasses.replace(SHORT, batch_size=RUN_CELLS)
    found = CLEAR(preset, **BATCHED).fit_transform(backed)
    assert len(seen) == 2 * 3  # two chunks in each epoch
    assert all((high.long() == batches).all() for high, batches in seen)
    in_memory = CLEAR(preset, **BATCHED).fit_transform(backed.to_memory())
    assert np.array_equal(found, in_memory)
    backed.file.close()


@pytest.mark.parametrize("preset", ["paper", "released"])
def test_presets_without_neighbours_cannot_use_batches(adata, preset):
    with pytest.raises(ClearError, match="has no neighbours.*leave out batch_key"):
        CLEAR(preset, **BATCHED).fit(adata)


def test_on_the_command_line(adata, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(PRESETS, "recommended", SHORT)
    adata.write_h5ad(tmp_path / "in.h5ad")
    command = ["embed", str(tmp_path / "in.h5ad"), str(tmp_path / "out.h5ad"), "--device", "cpu"]
    assert main([*command, "--batch-key", "sample"]) == 0
    out = anndata.read_h5ad(tmp_path / "out.h5ad")
    assert np.array_equal(out.obsm["X_clear"], CLEAR(SHORT, **BATCHED).fit_transform(adata))
    assert main([*command, "--batch-key", "sampel"]) == 2
    assert "no column 'sampel' (there: sample); correct batch_key" in capsys.readouterr().err
