"""Parameters as scikit-learn has them, numbers of any kind, and wrong ones."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone

from clear import CLEAR
from clear.errors import ClearError
from tests.clear.estimator.small import SMALL


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "papr"}, "did you mean 'paper'"),
        ({"seed": -1}, "seed must be a whole number, 0 or more"),
        ({"seed": 1.5}, "seed must be a whole number, 0 or more"),
        ({"device": "gpu"}, "device must be auto, cpu or cuda"),
    ],
)
def test_wrong_settings_are_refused(adata, settings, message):
    with pytest.raises(ClearError, match=message):
        CLEAR(**settings).fit(adata)


def test_absent_cuda_is_an_error(adata):
    with pytest.raises(ClearError, match="no CUDA device"):
        CLEAR(SMALL, device="cuda").fit(adata)


def test_parameters_as_scikit_learn_has_them(adata):
    model = CLEAR(SMALL, seed=np.int64(3), n_top_genes=12)
    copy = clone(model)
    assert copy is not model and copy.get_params() == model.get_params()
    assert repr(CLEAR(seed=2, n_top_genes=None)) == "CLEAR(seed=2, n_top_genes=None)"
    assert np.array_equal(copy.fit_transform(adata), model.fit_transform(adata))
    assert model.set_params(seed=4) is model
    changed = model.fit_transform(adata)
    assert np.array_equal(changed, CLEAR(SMALL, seed=4, n_top_genes=12).fit_transform(adata))
    with pytest.raises(ClearError, match="no parameter 'seeds'; it has: preset, n_latent, seed"):
        model.set_params(seeds=3)


def test_numbers_of_numpy_are_settings(adata, tmp_path):
    plain = CLEAR(SMALL, n_latent=5, epochs=3, seed=2, n_top_genes=20)
    expected = plain.fit_transform(adata)
    model = CLEAR(
        dataclasses.replace(SMALL, batch_size=np.int32(512), learning_rate=np.float32(2**-10)),
        *(np.int64(5), np.uint8(2)),
        epochs=np.int16(3),
        n_top_genes=np.int64(20),
    ).set_params(preset=SMALL)
    assert np.array_equal(model.fit_transform(adata), expected)
    model.save(tmp_path / "model")  # as JSON
    adata.write_h5ad(tmp_path / "x.h5ad")
    assert CLEAR.load(tmp_path / "model").preset_ == plain.preset_


SHOWN = """
import sys
import anndata
import numpy as np
from clear import CLEAR
from clear.presets import Preset

cells = anndata.AnnData(np.random.default_rng(0).random((40, 30)))
for verbose in (True, False):
    CLEAR(Preset(hidden_nodes=16, learning_rate=1e-3, epochs=20), verbose=verbose).fit(cells)
    print("---", file=sys.stderr)
"""


def test_verbose_decides_whether_anything_is_shown():
    """In a process of its own, where nobody listens to the log."""
    done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True)
    shown, nothing, _ = done.stderr.split("---\n")
    assert "CLEAR: Genes: all 30." in shown and "epoch" in shown
    assert not nothing
