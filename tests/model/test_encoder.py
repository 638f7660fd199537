"""The encoder's shape and start, and the scaling to unit length."""

import dataclasses

import torch
from torch import nn

from clear.model import components
from clear.model.encoder import build_encoder, unit_length
from clear.model.learner import Learner
from clear.presets import PAPER


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_two_layers_with_relu():
    encoder = build_encoder(50, PAPER, generator())
    shapes = [tuple(p.shape) for p in encoder.parameters()]
    assert shapes == [(1024, 50), (1024,), (128, 1024), (128,)]
    profiles = torch.randn(20, 50, generator=generator(1))
    first, second = encoder[0], encoder[2]
    hidden = (profiles @ first.weight.T + first.bias).clamp_min(0)
    output = hidden @ second.weight.T + second.bias
    assert torch.allclose(encoder(profiles), output.clamp_min(0), atol=1e-5)
    open_ended = build_encoder(50, dataclasses.replace(PAPER, last_relu=False), generator())
    assert torch.allclose(open_ended(profiles), output, atol=1e-5)


def test_start_depends_on_its_generator_only():
    state = torch.get_rng_state()
    first, again, other = (build_encoder(50, PAPER, generator(s))[0].weight for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)
    # Uniform in +-1/sqrt(inputs), as nn.Linear starts: sd = bound / sqrt(3).
    assert abs(first.std() - 50**-0.5 / 3**0.5) < 0.002


def test_unit_length_and_its_gradient():
    x = torch.randn(6, 9, dtype=torch.float64, generator=generator(), requires_grad=True)
    weights = torch.randn(6, 9, dtype=torch.float64, generator=generator(1))
    expected = nn.functional.normalize(x)
    (slope,) = torch.autograd.grad((expected * weights).sum(), x)
    (ours,) = torch.autograd.grad((unit_length(x) * weights).sum(), x)
    assert torch.allclose(unit_length(x), expected)
    assert torch.allclose(ours, slope)


def test_unit_length_survives_zero_rows_and_huge_values():
    x = torch.tensor([[0.0, 0.0], [3e30, 4e30], [3e-30, 4e-30]], requires_grad=True)
    out = unit_length(x)
    out.sum().backward()
    assert torch.allclose(out, torch.tensor([[0.0, 0.0], [0.6, 0.8], [0.6, 0.8]]))
    assert x.grad.isfinite().all()


def test_standardised_layer_is_a_plain_one_on_standardised_profiles():
    preset = dataclasses.replace(PAPER, standardised_input=True, hidden_nodes=32, n_latent=4)
    encoder = build_encoder(50, preset, generator())
    profiles = torch.rand(20, 50, generator=generator(1)) * torch.arange(2, 52) / 10 + 3
    profiles[:, 7] = 2.5  # never varies
    profiles[0, 9], profiles[1:, 9] = 0.01, 0.0  # hardly varies
    plain = build_encoder(50, dataclasses.replace(preset, standardised_input=False), generator())
    assert torch.equal(encoder(profiles), plain(profiles))  # nothing learned yet
    encoder[0].learn_genes(profiles)
    deviation = profiles.double().std(dim=0, correction=0)
    size = (deviation**2).mean().sqrt()
    deviation[9], deviation[7] = 0.05, torch.inf
    standardised = ((profiles - profiles.double().mean(dim=0)) / deviation * size).float()
    found, expected = encoder(profiles), plain(standardised)
    assert torch.allclose(found, expected, atol=1e-4)
    found.square().sum().backward()
    expected.square().sum().backward()
    for ours, theirs in zip(encoder.parameters(), plain.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, rtol=1e-3, atol=1e-3)


def test_learner_standardises_by_the_cells_that_it_sees_first():
    preset = dataclasses.replace(PAPER, standardised_input=True, hidden_nodes=8, n_latent=4)
    learner = Learner(30, 20, torch.device("cpu"), preset, 0)
    first, second = torch.rand(2, 30, 20, generator=generator(2))
    learner.use(first)
    stored = learner.state()
    learner.use(second)
    for encoder in (learner.query_encoder, learner.key_encoder):
        assert torch.allclose(encoder[0].mean, first.mean(dim=0), atol=1e-6)
        assert not torch.equal(encoder[0].scale, torch.ones(20))
    resumed = Learner(30, 20, torch.device("cpu"), preset, 0)
    resumed.restore(stored)
    resumed.use(second)
    for name in ("mean", "scale"):
        ours, theirs = (getattr(x.query_encoder[0], name) for x in (resumed, learner))
        assert torch.equal(ours, theirs)


def test_genes_of_types_at_the_end_of_a_sorted_file_are_not_lost(monkeypatch):
    monkeypatch.setattr(components, "SAMPLE", 40)
    preset = dataclasses.replace(PAPER, standardised_input=True, hidden_nodes=8, n_latent=4)
    learner = Learner(100, 20, torch.device("cpu"), preset, 0)
    pool = torch.rand(100, 20, generator=generator(2))
    pool[:80, 5] = 0  # a gene of the last cells only
    learner.use(pool)
    deviation = pool[::3].std(dim=0, correction=0)
    layer = learner.query_encoder[0]
    assert torch.allclose(layer.scale, deviation.square().mean().sqrt() / deviation, rtol=1e-4)
    assert layer.scale[5] > 0
