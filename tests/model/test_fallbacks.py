"""What takes the place of kernels and graph on a GPU, and what is said of it, where there is none.

That of the loss is in test_loss.py, that of the walks in neighbours/test_walks.py.
"""

import contextlib
import dataclasses
import logging
import sys
from types import SimpleNamespace

import pytest
import torch

from clear.model.augment import _compiled
from clear.model.cuda_graph import GraphedStep
from clear.model.direct import direct
from clear.model.learner import Learner
from clear.model.step import step
from clear.presets import PAPER

GPU = torch.device("cuda")
SMALL = dataclasses.replace(PAPER, hidden_nodes=16, n_latent=8, batch_size=20, queue=40)


def learner_of(preset=SMALL, precision="fp32"):
    made = Learner(50, 30, torch.device("cpu"), preset, 0, precision)
    made.use(torch.rand(50, 30, generator=torch.Generator().manual_seed(1)))
    return made


def test_augmentations_without_triton(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "clear.fast.augment_cuda", None)
    with caplog.at_level(logging.INFO, "clear"):
        kernel, words = _compiled(PAPER, GPU, torch.float32)
    assert kernel is None and words.startswith("PyTorch (Triton cannot be used: ")
    assert "Augmentations take several times as long" in caplog.text


def asked_on_a_gpu(preset=SMALL, precision="bf16", processes=1):
    """What is asked of a learner on a GPU, with encoders on the CPU."""
    found = learner_of(preset, precision)
    parts = {name: getattr(found, name) for name in ("query_encoder", "key_encoder", "optimizer")}
    shares = SimpleNamespace(processes=processes)
    return SimpleNamespace(device=GPU, preset=preset, precision=precision, shares=shares, **parts)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"precision": "fp32"}, "the kernel is for bfloat16"),
        ({"preset": dataclasses.replace(SMALL, optimizer="sgd")}, "the kernel is for Adam"),
        ({"processes": 2}, "several processes share each step"),
    ],
)
def test_weights_for_which_there_is_no_kernel(asked, why):
    assert direct(asked_on_a_gpu(**asked)) == (None, f"PyTorch ({why})")


class Uncompiled:
    """Factors whose kernel cannot be compiled, which its first start shows."""

    def __init__(self, query, key):
        self.query = query

    def refresh(self):  # noqa: D102
        raise RuntimeError("no C compiler")


@pytest.mark.parametrize("module", [None, SimpleNamespace(Factors=Uncompiled)])
def test_weights_without_triton(monkeypatch, caplog, module):
    monkeypatch.setitem(sys.modules, "clear.fast.update_cuda", module)
    learner = asked_on_a_gpu()
    with caplog.at_level(logging.INFO, "clear"):
        kernel, words = direct(learner)
    assert kernel is None and words.startswith("PyTorch (Triton cannot be used: ")
    assert not learner.optimizer.state  # Adam begins as it would have
    assert "A step takes longer" in caplog.text


class Unrecordable:
    """A CUDA graph of a step that cannot be recorded."""

    def register_generator_state(self, generator):  # noqa: D102
        pass


@contextlib.contextmanager
def recording(graph):
    raise RuntimeError("operation not permitted\nwhen stream is capturing")
    yield


def test_a_graph_that_cannot_be_recorded(monkeypatch, caplog):
    """Steps are then plain steps to the end, and the recording is not tried again."""
    tried = []
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: tried.append(1) or Unrecordable())
    monkeypatch.setattr(torch.cuda, "graph", recording)
    learner, plain = learner_of(), learner_of()
    graphed = GraphedStep(learner, SMALL)
    graphed.usable = True  # as on a GPU
    with caplog.at_level(logging.INFO, "clear"):
        for number in range(8):
            batch = torch.arange(20) + number
            assert torch.equal(graphed(batch, 1e-3), step(plain, batch, SMALL, 1e-3))
    assert len(tried) == 1
    words = "recording a CUDA graph failed: operation not permitted when stream is capturing"
    assert graphed.done_by == f"operation by operation ({words})"
    assert words in caplog.text
