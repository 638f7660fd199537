"""Optimisers and learning rates, against steps worked out by hand."""

import dataclasses
import math
import subprocess
import sys

import torch
from torch import nn

from clear.model.optim import build_optimizer, cosine_rate, learning_rate, set_rate
from clear.presets import PAPER, RELEASED

ADAM = dataclasses.replace(PAPER, learning_rate=0.1)
SGD = dataclasses.replace(PAPER, optimizer="sgd", learning_rate=0.1)


def after(preset, gradients, start=2.0):
    """The parameter after each of several steps with given gradients."""
    theta = nn.Parameter(torch.tensor([start], dtype=torch.float64))
    optimizer = build_optimizer([theta], preset)
    values = []
    for gradient in gradients:
        set_rate(optimizer, preset.learning_rate)
        theta.grad = torch.full_like(theta, gradient)
        optimizer.step()
        values.append(theta.item())
    return values


def test_sgd_by_hand():
    found = after(dataclasses.replace(SGD, weight_decay=0.5), [1.0, -3.0])
    v = 1.0 + 0.5 * 2.0  # gradient and decay
    first = 2.0 - 0.1 * v
    v = 0.9 * v + (-3.0 + 0.5 * first)
    assert math.isclose(found[0], first)
    assert math.isclose(found[1], first - 0.1 * v)
    plain = after(dataclasses.replace(SGD, sgd_momentum=0.0), [1.0, -3.0])
    assert math.isclose(plain[0], 1.9)
    assert math.isclose(plain[1], 2.2)


def test_adam_by_hand():
    found = after(ADAM, [1.0, -3.0])
    mean, square = 0.9 * 0.1 * 1 - 0.1 * 3, 0.999 * 0.001 * 1 + 0.001 * 9
    mean, square = mean / (1 - 0.9**2), square / (1 - 0.999**2)
    assert math.isclose(found[0], 1.9, rel_tol=1e-8)  # the first step is the rate itself
    assert math.isclose(found[1], found[0] - 0.1 * mean / math.sqrt(square), rel_tol=1e-7)
    decayed = after(dataclasses.replace(ADAM, weight_decay=2.0), [-1.0])
    assert math.isclose(decayed[0], 1.9, rel_tol=1e-8)  # -1 + 2 * 2 points the other way


def test_rate_that_is_set_is_used():
    theta = nn.Parameter(torch.zeros(1))
    optimizer = build_optimizer([theta], SGD)
    set_rate(optimizer, 7.0)
    theta.grad = torch.ones(1)
    optimizer.step()
    assert theta.item() == -7.0


def test_cosine_runs_from_the_rate_to_zero():
    assert cosine_rate(1.0, 0, 200) == 1.0
    assert math.isclose(cosine_rate(1.0, 100, 200), 0.5)
    assert math.isclose(cosine_rate(0.5, 50, 200), 0.5 * (2 + 2**0.5) / 4)
    assert cosine_rate(1.0, 200, 200) == 0.0
    rates = [cosine_rate(1.0, step, 200) for step in range(201)]
    assert rates == sorted(rates, reverse=True)


def test_schedules():
    def rates(schedule, epochs=4):
        preset = dataclasses.replace(SGD, schedule=schedule, epochs=epochs, learning_rate=1.0)
        return [learning_rate(preset, step, 3) for step in range(epochs * 3)]

    assert rates("cosine") == [cosine_rate(1.0, step, 12) for step in range(12)]
    half = math.sqrt(0.5)
    expected = [e for e in (1, (1 + half) / 2, 0.5, (1 - half) / 2) for _ in range(3)]
    assert all(map(math.isclose, rates("cosine_by_epoch"), expected))
    drops = rates("drops", 130)
    assert all(map(math.isclose, drops, [1.0] * 300 + [0.1] * 60 + [0.01] * 30))
    assert {learning_rate(RELEASED, step, 1) for step in range(100)} == {5e-3}


def test_training_imports_no_compiler():
    """Of PyTorch's compiler and SymPy, which are seconds before the first step."""
    code = (
        "import sys, numpy, anndata, clear\n"
        "cells = anndata.AnnData(numpy.random.default_rng(0).random((40, 30), 'float32'))\n"
        "clear.CLEAR('paper', device='cpu', epochs=1, n_top_genes=None).fit(cells)\n"
        "print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == "[]"


def test_steps_are_those_of_pytorch():
    torch.manual_seed(0)
    start, gradients = torch.randn(30), torch.randn(5, 30)
    for preset, theirs in ((ADAM, torch.optim.Adam), (SGD, torch.optim.SGD)):
        ours, other = nn.Parameter(start.clone()), nn.Parameter(start.clone())
        settings = {"momentum": 0.9} if preset is SGD else {}
        settings |= {"lr": 0.1, "weight_decay": preset.weight_decay, "fused": True}
        pairs = [(ours, build_optimizer([ours], preset)), (other, theirs([other], **settings))]
        for gradient in gradients:
            for theta, optimizer in pairs:
                theta.grad = gradient.clone()
                optimizer.step()
        assert torch.equal(ours, other)
        assert pairs[0][1].state_dict()["state"].keys() == pairs[1][1].state_dict()["state"].keys()
