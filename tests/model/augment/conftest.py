"""The pool, and the implementations that must sample the same distribution."""

import pytest
import torch

import clear.model.augment
import clear.model.augment_torch
from tests.model.augment import augmenting
from tests.model.augment.augmenting import CELLS, GENES, OnGpu


@pytest.fixture
def pool():
    """Cells x genes in which every value tells its cell and its gene."""
    return torch.arange(1, CELLS * GENES + 1, dtype=torch.float32).reshape(CELLS, GENES)


@pytest.fixture(
    params=[
        "compiled",
        "torch",
        "torch as on a GPU",
        pytest.param("triton", marks=pytest.mark.needs_gpu),
        pytest.param("torch on a GPU", marks=pytest.mark.needs_gpu),
    ]
)
def implementation(request, monkeypatch):
    """The implementations, which sample the same distribution."""
    if request.param == "torch as on a GPU":
        monkeypatch.setattr(
            clear.model.augment_torch,
            "_may_synchronise",
            lambda preset, device: preset.crossover_writes_back,
        )
    if request.param.startswith("torch"):
        monkeypatch.setattr(clear.model.augment, "_compiled", lambda *_: (None, "PyTorch"))
    if request.param in ("triton", "torch on a GPU"):
        monkeypatch.setattr(augmenting, "tested", OnGpu)
    return request.param
