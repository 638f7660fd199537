"""What computes the loss, and why."""

import dataclasses
import sys
from types import SimpleNamespace

import pytest
import torch

from clear.model.learner import Learner
from clear.model.loss import loss_kernel
from clear.presets import PAPER, RECOMMENDED


def on_gpu(preset, processes=1, queue=0):
    """What is asked of a learner on a GPU, where there is none."""
    return SimpleNamespace(
        device=torch.device("cuda"),
        precision="bf16",
        preset=preset,
        batch_size=32,
        queue=SimpleNamespace(capacity=queue),
        shares=SimpleNamespace(processes=processes),
    )


def test_on_a_cpu_pytorch_does():
    learner = Learner(9, 5, torch.device("cpu"), PAPER, 0)
    assert (learner.loss, learner.compared_by) == (None, "PyTorch")


@pytest.mark.parametrize(
    ("learner", "why"),
    [
        (on_gpu(PAPER, processes=2), "several processes share each step"),
        (on_gpu(dataclasses.replace(PAPER, n_latent=300)), "are for at most 256 dimensions"),
        (on_gpu(RECOMMENDED, queue=8), "have no queue of fixed keys"),
    ],
)
def test_why_there_is_no_kernel(learner, why):
    kernel, words = loss_kernel(learner)
    assert kernel is None
    assert words.startswith("PyTorch (") and why in words


def test_without_triton_pytorch_does(monkeypatch):
    monkeypatch.setitem(sys.modules, "clear.fast.info_nce_cuda", None)
    kernel, words = loss_kernel(on_gpu(PAPER))
    assert kernel is None
    assert words.startswith("PyTorch (Triton cannot be used: ")
