"""One training step: against plain PyTorch, and that it never synchronises with the device."""

import copy
import dataclasses

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize
from torch.utils._python_dispatch import TorchDispatchMode

import clear.model.augment
import clear.model.augment_torch
from clear.model.cuda_graph import GraphedStep, _unusable
from clear.model.learner import Learner
from clear.model.step import learn, step
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED, RELEASED

SMALL = dataclasses.replace(
    PAPER, hidden_nodes=32, n_latent=8, batch_size=20, queue=60, learning_rate=1e-2
)
CELLS, GENES = 50, 40


def learner_of(preset, precision="fp32"):
    made = Learner(CELLS, GENES, torch.device("cpu"), preset, 0, precision)
    pool = torch.rand(CELLS, GENES, generator=torch.Generator().manual_seed(1))
    made.use(pool)
    return made


def plain_loss(query, key, queue, symmetrical, batch_negatives):
    """Equation 2 with PyTorch's own cross-entropy on the whole matrix of similarities."""
    rows = torch.arange(len(query))
    if batch_negatives:
        similarity = query @ torch.cat([key, queue]).T / 0.2
        if symmetrical:
            similarity = similarity.masked_fill(
                torch.eye(*similarity.shape, dtype=torch.bool), -torch.inf
            )
            return cross_entropy(similarity, (rows + len(query) // 2) % len(query))
        return cross_entropy(similarity, rows)
    positive = key.roll(len(key) // 2, 0) if symmetrical else key
    logits = torch.cat([(query * positive).sum(1, keepdim=True), query @ queue.T], 1)
    return cross_entropy(logits / 0.2, torch.zeros_like(rows))


@pytest.mark.parametrize("symmetrical", [True, False])
@pytest.mark.parametrize("batch_negatives", [True, False])
def test_steps_are_those_of_plain_pytorch(symmetrical, batch_negatives):
    preset = dataclasses.replace(
        SMALL, symmetrical_loss=symmetrical, batch_negatives=batch_negatives
    )
    learner, twin = learner_of(preset), learner_of(preset)
    query, key = (copy.deepcopy(learner.query_encoder).double() for _ in range(2))
    optimizer = torch.optim.Adam(query.parameters(), 1e-3)
    queue = torch.zeros(0, 8).double()
    for number in range(4):
        batch = torch.arange(20) + 10 * number
        views = twin.augment.pair(batch, batch).double()
        anchors, others = (views, views) if symmetrical else views.chunk(2)
        with torch.no_grad():
            keys = normalize(key(others))
        loss = plain_loss(normalize(query(anchors)), keys, queue, symmetrical, batch_negatives)
        gradients = torch.autograd.grad(loss, list(query.parameters()))
        found = step(learner, batch, preset, 1e-3)[0]
        assert torch.isclose(found.double(), loss.detach(), rtol=1e-5, atol=1e-6)
        for parameter, gradient in zip(learner.query_encoder.parameters(), gradients, strict=True):
            assert torch.allclose(parameter.grad.double(), gradient, rtol=1e-4, atol=1e-6)
        # The plain copy goes on from its own weights, by Adam and equation 3.
        for parameter, gradient in zip(query.parameters(), gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()
        with torch.no_grad():
            for theta_q, theta_k in zip(query.parameters(), key.parameters(), strict=True):
                theta_k.copy_(0.999 * theta_k + 0.001 * theta_q)
        queue = torch.cat([queue, keys])[-60:]
    for found, expected in ((learner.query_encoder, query), (learner.key_encoder, key)):
        for ours, theirs in zip(found.parameters(), expected.parameters(), strict=True):
            # Where a gradient is nearly 0 Adam's step has the sign of its rounding.
            assert (ours.double() - theirs).abs().quantile(0.99) < 1e-5


def test_products_in_bfloat16_have_nearly_the_same_gradient():
    gradients = {}
    for precision in ("fp32", "bf16"):
        learner = learner_of(dataclasses.replace(SMALL, hidden_nodes=256), precision)
        losses = [step(learner, torch.arange(20), SMALL, 1e-3)[0] for _ in range(2)]
        flat = torch.cat([p.grad.flatten() for p in learner.query_encoder.parameters()])
        gradients[precision] = flat, losses[1]
        assert flat.dtype == torch.float32
    (exact, loss), (rounded, rounded_loss) = gradients.values()
    assert torch.cosine_similarity(exact, rounded, dim=0) > 0.99
    assert not torch.equal(exact, rounded)
    assert abs(loss - rounded_loss) < 0.01


class NoSynchronisation(TorchDispatchMode):
    """Refuses what needs values on the host: on a GPU it would wait for them."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        by_mask = func.name().startswith("aten::index") and any(
            isinstance(index, torch.Tensor) and index.dtype == torch.bool
            for index in (args[1] if isinstance(args[1], list | tuple) else [])
        )
        tags = set(func.tags)
        if not func.name().startswith("aten::index"):
            by_mask = torch.Tag.dynamic_output_shape in tags
        if by_mask or torch.Tag.data_dependent_output in tags:
            raise AssertionError(f"{func.name()} synchronises with the device")
        return func(*args, **(kwargs or {}))


PLAIN_RELEASED = dataclasses.replace(
    RELEASED, crossover_writes_back=False, hidden_nodes=32, n_latent=8, batch_size=20, queue=60
)

SMALLER = {"hidden_nodes": 32, "n_latent": 8, "batch_size": 20}
SMALL_RECOMMENDED = dataclasses.replace(RECOMMENDED, components=8, **SMALLER)
SMALL_DIFFUSION = dataclasses.replace(GRAPH_DIFFUSION, **SMALLER)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize(
    "preset",
    [SMALL, PLAIN_RELEASED, SMALL_RECOMMENDED, SMALL_DIFFUSION],
    ids=["paper", "released", "recommended", "graph_diffusion"],
)
def test_nothing_in_a_step_synchronises_with_the_device(monkeypatch, preset, precision):
    # As on a GPU.
    monkeypatch.setattr(clear.model.augment, "_compiled", lambda *_: (None, "PyTorch"))
    monkeypatch.setattr(
        clear.model.augment_torch,
        "_may_synchronise",
        lambda preset, device: preset.crossover_writes_back,
    )
    learner = learner_of(preset, precision)
    with NoSynchronisation():
        for number in range(3):
            learn(learner, torch.arange(20) + number, preset)
    writing = learner_of(dataclasses.replace(preset, crossover_writes_back=True), precision)
    with NoSynchronisation(), pytest.raises(AssertionError, match="synchronises with the device"):
        learn(writing, torch.arange(20), writing.augment.preset)


def test_steps_without_a_graph_are_plain_steps():
    first, second = learner_of(SMALL), learner_of(SMALL)
    graphed = GraphedStep(first, SMALL)
    for number in range(4):
        batch = torch.arange(20) + number
        assert torch.equal(graphed(batch, 1e-3), step(second, batch, SMALL, 1e-3))
    assert graphed.graph is None
    assert graphed.done_by == "operation by operation (CUDA graphs are for GPUs)"


def test_why_there_is_no_graph():
    assert _unusable(torch.device("cuda"), SMALL) is None
    writing = dataclasses.replace(SMALL, crossover_writes_back=True)
    assert "crossover_writes_back" in _unusable(torch.device("cuda"), writing)


def test_more_steps_than_the_queue_is_long_go_around():
    learner = learner_of(SMALL)
    for _ in range(7):  # 40 keys each, 60 places
        step(learner, torch.arange(20), SMALL, 1e-3)
        assert learner.queue.full == (len(learner.queue.keys) == 60)
    assert learner.queue.state()[1] == {"next": 7 * 40 % 60, "filled": 60}
