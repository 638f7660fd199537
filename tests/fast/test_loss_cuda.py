"""The Triton kernels of the losses, by Triton's interpreter on the CPU, against PyTorch's steps."""

import numpy as np
import pytest

# 38 and 70 rows take three and five programs, the last of them cut short, and one to three turns
# over the keys, likewise; 12 dimensions are fewer than a product has, 50 no power of two.
SCRIPT = """
import dataclasses, sys
import numpy as np, torch
from clear.model.encoder import unit_length
from clear.model.loss import LossKernel, contrasted
from clear.model.queue import Queue
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED, RELEASED

found = {}
CPU = torch.device("cpu")
replace = dataclasses.replace
KINDS = {
    "paper": (PAPER, 70, 50),
    "paper, first step": (PAPER, 38, 0),
    "paper, more keys than places": (PAPER, 38, 9),
    "one direction": (replace(PAPER, symmetrical_loss=False), 38, 70),
    "released": (RELEASED, 38, 70),
    "no last relu": (replace(PAPER, last_relu=False), 38, 30),
    "one cell": (PAPER, 2, 0),
    "graph_diffusion": (GRAPH_DIFFUSION, 70, 0),
    "spectral, both directions, queue": (replace(GRAPH_DIFFUSION, symmetrical_loss=True), 38, 70),
    "spectral, queue only": (replace(GRAPH_DIFFUSION, batch_negatives=False, queue=70), 38, 70),
    "recommended": (RECOMMENDED, 70, 0),
    "recommended, one cell": (RECOMMENDED, 1, 0),
    "recommended, all keys": (RECOMMENDED, 70, 0),
    "recommended, all keys, bfloat16": (RECOMMENDED, 70, 0),
}

for name, (preset, rows, queued) in KINDS.items():
    size = preset.n_latent if "all keys" in name else 12
    preset = replace(preset, n_latent=size, components=12)
    fixed = preset.keys == "components"
    random = torch.Generator().manual_seed(1)
    some = torch.randn(rows, size, generator=random)
    query, key = some, .5 * some.roll(rows // 2, 0) + torch.randn(rows, size, generator=random)
    cells = positives = scales = None
    if fixed:
        # As of real cells: falling quickly, and of the last components nothing.
        scales = torch.linspace(1, 0, size).square() if size > 12 else torch.linspace(1, .1, size)
        key = torch.randn(90, size, generator=random)
        cells, positives = torch.randperm(90, generator=random)[:rows], torch.arange(90).flip(0)
        key[positives[cells]] += .5 * query
    else:
        key = key + query
    if preset.last_relu:
        query, key = query.relu(), key.relu()
        query[-1] = 0  # dead
    if "bfloat16" in name:  # as the encoder gives it, where keys stay float32
        query = query.bfloat16()
        assert key.dtype == torch.float32
    for precision in ("fp32", "bf16"):
        queues = [Queue(queued, size, CPU, torch.Generator().manual_seed(2)) for _ in range(2)]
        if queued:
            for queue in queues:
                # The next place: not the first.
                queue.enqueue(unit_length(torch.ones(queued - 3, size)))
        kernel = LossKernel(preset, precision)
        before = queues[0].ring.clone(), queues[0].next.clone()
        gradient, anchors, measures = kernel(query, key, queues[0], cells, positives, scales)
        after = queues[0].ring.clone()
        queues[0].ring.copy_(before[0])
        queues[0].next.copy_(before[1])
        again = kernel(query, key, queues[0], cells, positives, scales)
        assert torch.equal(queues[0].ring, after)
        for first, second in zip((gradient, anchors, measures), again, strict=True):
            assert torch.equal(first, second)
        assert gradient.dtype == query.dtype and anchors.dtype == torch.float32
        leaf = query.float().clone().requires_grad_()
        own = key[positives[cells]] if fixed else key
        contrast = contrasted(leaf, own, queues[1], preset, scales=scales)
        contrast.loss.backward()
        expected = leaf.grad * (query > 0) if preset.last_relu else leaf.grad
        unit = unit_length(query.float())
        chance = 0.0 if fixed else contrast.chance
        values = [contrast.loss, chance, contrast.accuracy,
                  unit.std(dim=0, correction=0).mean(), contrast.alignment]
        assert int(queues[0].next) == int(queues[1].next)
        ours = gradient, anchors, measures, queues[0].ring
        theirs = expected, unit, torch.tensor(values), queues[1].ring
        for what, one, other in zip(("gradient", "anchors", "measures", "queue"), ours, theirs):
            found[f"{name}.{precision}.{what}"] = np.stack([one.float().numpy(), other.numpy()])

# What a training does before its first step.
for preset in (PAPER, RECOMMENDED, GRAPH_DIFFUSION):
    preset = replace(preset, n_latent=12, components=12, queue=min(preset.queue, 30))
    kernel = LossKernel(preset, "bf16")
    kernel.check(24, preset.queue, CPU, torch.bfloat16)
LossKernel(RECOMMENDED, "bf16").check(24, 0, CPU, torch.bfloat16)
right = kernel.spectral
kernel.spectral = lambda *of: (1.05 * (made := right(*of))[0], *made[1:])
try:
    kernel.check(24, 0, CPU, torch.bfloat16)
except RuntimeError as error:
    found["wrong"] = str(error)
np.savez(sys.argv[1], **found)
"""
NAMES = (
    *("paper", "paper, first step", "paper, more keys than places", "one direction", "released"),
    *("no last relu", "one cell", "graph_diffusion", "spectral, both directions, queue"),
    *("spectral, queue only", "recommended", "recommended, one cell"),
    *("recommended, all keys", "recommended, all keys, bfloat16"),
)


@pytest.fixture(scope="module")
def found(interpreted, tmp_path_factory):
    """What the kernels and PyTorch make of the same outputs, by kind of loss and precision."""
    path = tmp_path_factory.mktemp("loss") / "found.npz"
    interpreted(SCRIPT, path)
    return np.load(path)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("name", NAMES)
def test_loss_gradient_and_measures_are_those_of_pytorch(found, name, precision):
    narrow = precision == "bf16" and not name.startswith(("spectral", "graph", "recommended"))
    close = {"rtol": 5e-3, "atol": 5e-3} if narrow else {"rtol": 1e-4, "atol": 1e-5}
    kernel, pytorch = found[f"{name}.{precision}.measures"]
    # An anchor whose positive is as near as a negative may be counted either way.
    accuracy = 2
    assert abs(kernel[accuracy] - pytorch[accuracy]) < 0.03
    np.testing.assert_allclose(np.delete(kernel, accuracy), np.delete(pytorch, accuracy), **close)
    kernel, pytorch = found[f"{name}.{precision}.gradient"]
    size = max(np.abs(pytorch).max(), 1e-30)
    if name.endswith("bfloat16"):  # which Triton's interpreter cuts off, where a GPU rounds
        np.testing.assert_allclose(kernel, pytorch, rtol=2**-7, atol=1e-6 * size)
    else:
        assert np.abs(kernel - pytorch).max() < (0.02 if narrow else 1e-4) * size


@pytest.mark.parametrize("name", NAMES)
def test_anchors_have_unit_length_and_keys_enter_the_queue(found, name):
    for what in ("anchors", "queue"):
        kernel, pytorch = found[f"{name}.fp32.{what}"]
        np.testing.assert_allclose(kernel, pytorch, rtol=1e-5, atol=1e-6)


def test_kernels_with_other_numbers_than_pytorch_are_refused(found):
    assert str(found["wrong"]).startswith("the kernels' numbers differ from PyTorch's by 0.04")
