"""The Triton kernel that moves the weights, by Triton's interpreter on the CPU, against PyTorch."""

import numpy as np
import pytest

# 1,030 genes take the kernel two turns, the second of them cut short.
SCRIPT = """
import copy, dataclasses, sys
import numpy as np, torch
from clear.fast.update_cuda import Factors
from clear.model.direct import Direct
from clear.model.encoder import build_encoder, unit_length
from clear.model.contrast import update_key_encoder
from clear.presets import PAPER, RECOMMENDED

found = {}

def encoders(preset, genes):
    query = build_encoder(genes, preset, torch.Generator().manual_seed(1))
    if preset.standardised_input:
        pool = torch.rand(50, genes, generator=torch.Generator().manual_seed(2))
        query[0].learn_genes(pool)
    key = copy.deepcopy(query).requires_grad_(False)
    with torch.no_grad():
        key[0].weight += .01
    return query, key

def keep(name, tensors):
    for number, tensor in enumerate(tensors):
        found[f"{name}.{number}"] = tensor.detach().float().numpy()

def factors(layer):
    if not hasattr(layer, "scale"):
        return layer.weight, layer.bias
    weight = layer.weight * layer.scale
    return weight, layer.bias - weight @ layer.mean

for preset in (PAPER, RECOMMENDED):
    preset = dataclasses.replace(preset, hidden_nodes=6, n_latent=3, components=3, weight_decay=.01)
    name = preset.name
    for who in ("kernel", "pytorch"):
        query, key = encoders(preset, 1030)
        both = [query[0].weight, query[0].bias]
        optimizer = torch.optim.Adam(both, lr=.01, weight_decay=.01)
        made = Factors(query[0], key[0])
        moments = [{n: torch.zeros_like(p) for n in ("exp_avg", "exp_avg_sq")} for p in both]
        random = torch.Generator().manual_seed(3)
        for step in range(1, 4):
            slopes = [torch.randn(p.shape, generator=random) for p in both]
            if who == "kernel":
                states = [m | {"step": torch.tensor(float(step))} for m in moments]
                with torch.no_grad():
                    made.update(*slopes, states, torch.tensor(.01), preset)
            else:
                optimizer.zero_grad()
                sum((f * s).sum() for f, s in zip(factors(query[0]), slopes)).backward()
                optimizer.step()
                update_key_encoder(key[:1], query[:1], preset.momentum)
        keep(f"{name}.{who}.weights", [*query[0].parameters(), *key[0].parameters()])
        shown = [*factors(query[0]), *factors(key[0])]
        if who == "kernel":
            shown = [made.factor, made.offset, made.key_factor, made.key_offset]
        keep(f"{name}.{who}.factors", shown)

    # A whole step: gradients of both layers, through the ReLUs.
    query, key = encoders(preset, 40)
    anchors = torch.randn(20, 40, generator=torch.Generator().manual_seed(4)).bfloat16()
    slope = torch.randn(20, 3, generator=torch.Generator().manual_seed(5))
    output = query(anchors.float())
    output.backward(slope)
    keep(f"{name}.pytorch.output", [output, key(anchors.float())])
    keep(f"{name}.pytorch.gradient", [.1 * (p.grad + .01 * p) for p in query.parameters()])
    optimizer = torch.optim.Adam(query.parameters(), lr=torch.tensor(.01))
    direct = Direct(query, key, optimizer, preset)
    keep(f"{name}.kernel.output", direct.forward(anchors, anchors))
    direct.backward(slope)
    keep(f"{name}.kernel.gradient", [optimizer.state[p]["exp_avg"] for p in query.parameters()])
np.savez(sys.argv[1], **found)
"""


@pytest.fixture(scope="module")
def found(interpreted, tmp_path_factory):
    """What the kernel and PyTorch make of the same weights and gradients."""
    path = tmp_path_factory.mktemp("update") / "found.npz"
    interpreted(SCRIPT, path)
    return np.load(path)


def pairs(found, preset, what):
    names = [name for name in found.files if name.startswith(f"{preset}.kernel.{what}.")]
    assert names
    return [(found[name], found[name.replace(".kernel.", ".pytorch.")]) for name in names]


@pytest.mark.parametrize("preset", ["paper", "recommended"])
def test_moves_both_encoders_as_adam_and_equation_3(found, preset):
    for kernel, pytorch in pairs(found, preset, "weights"):
        np.testing.assert_allclose(kernel, pytorch, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("preset", ["paper", "recommended"])
def test_factors_are_the_weights_in_bfloat16(found, preset):
    for kernel, pytorch in pairs(found, preset, "factors"):
        np.testing.assert_allclose(kernel, pytorch, rtol=2**-7, atol=2e-5)


@pytest.mark.parametrize("preset", ["paper", "recommended"])
def test_outputs_and_gradients_are_those_of_autograd(found, preset):
    for what in ("output", "gradient"):
        for kernel, pytorch in pairs(found, preset, what):
            size = np.abs(pytorch).mean()
            assert np.abs(kernel - pytorch).mean() < 0.02 * size
