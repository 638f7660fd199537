"""What follows a layer's gradient in a training step on a GPU, as one Triton kernel.

Adam moves the query encoder's weights, the key encoder follows by equation 3, and both are written
as the bfloat16 factors that the next step multiplies with: with mean and scale of the genes folded
in where the layer standardises. Each weight is read once and written once; a program does one node,
so that the bias, which needs the whole row, comes out of the same pass. Nothing is added up between
programs: the same numbers give the same bits.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from clear.presets import Preset

BLOCK = 1024


@triton.jit
def _adam(theta, gradient, mean, square, step, rate, beta1, beta2, epsilon, decay):
    """Return parameter and both moments after a step of Adam, as PyTorch computes it."""
    gradient += decay * theta
    mean += (1 - beta1) * (gradient - mean)
    square = beta2 * square + (1 - beta2) * gradient * gradient
    first = 1 - tl.exp(step * tl.log(beta1))
    second = 1 - tl.exp(step * tl.log(beta2))
    change = (rate / first) * mean / (tl.sqrt(square) / tl.sqrt(second) + epsilon)
    return theta - change, mean, square


@triton.jit
def _update(
    weight,
    bias,
    weight_gradient,
    bias_gradient,
    weight_mean,
    weight_square,
    bias_mean,
    bias_square,
    key_weight,
    key_bias,
    factor,
    offset,
    key_factor,
    key_offset,
    centre,
    scale,
    steps,
    rates,
    inputs,
    beta1,
    beta2,
    epsilon,
    decay,
    follow,
    STANDARDISED: tl.constexpr,
    MOVE: tl.constexpr,
    BLOCK: tl.constexpr,
):
    node = tl.program_id(0)
    rate, step = tl.load(rates), tl.load(steps)
    own_gradient = 0.0
    if MOVE:
        own_gradient = tl.load(bias_gradient + node).to(tl.float32)
    product = tl.zeros([BLOCK], tl.float32)
    key_product = tl.zeros([BLOCK], tl.float32)
    for begin in range(0, inputs, BLOCK):
        gene = begin + tl.arange(0, BLOCK)
        inside = gene < inputs
        place = node.to(tl.int64) * inputs + gene
        theta = tl.load(weight + place, inside, other=0.0)
        key = tl.load(key_weight + place, inside, other=0.0)
        if STANDARDISED:
            middle = tl.load(centre + gene, inside, other=0.0)
            size = tl.load(scale + gene, inside, other=0.0)
        if MOVE:
            slope = tl.load(weight_gradient + place, inside, other=0.0).to(tl.float32)
            if STANDARDISED:
                slope = (slope - own_gradient * middle) * size
            m = tl.load(weight_mean + place, inside, other=0.0)
            v = tl.load(weight_square + place, inside, other=0.0)
            theta, m, v = _adam(theta, slope, m, v, step, rate, beta1, beta2, epsilon, decay)
            key += follow * (theta - key)
            tl.store(weight + place, theta, inside)
            tl.store(weight_mean + place, m, inside)
            tl.store(weight_square + place, v, inside)
            tl.store(key_weight + place, key, inside)
        if STANDARDISED:
            theta *= size
            key *= size
            product += theta * middle
            key_product += key * middle
        tl.store(factor + place, theta.to(tl.bfloat16), inside)
        tl.store(key_factor + place, key.to(tl.bfloat16), inside)
    theta, key = tl.load(bias + node), tl.load(key_bias + node)
    if MOVE:
        m, v = tl.load(bias_mean + node), tl.load(bias_square + node)
        theta, m, v = _adam(theta, own_gradient, m, v, step, rate, beta1, beta2, epsilon, decay)
        key += follow * (theta - key)
        tl.store(bias + node, theta)
        tl.store(bias_mean + node, m)
        tl.store(bias_square + node, v)
        tl.store(key_bias + node, key)
    if STANDARDISED:
        theta -= tl.sum(product, axis=0)
        key -= tl.sum(key_product, axis=0)
    tl.store(offset + node, theta.to(tl.bfloat16))
    tl.store(key_offset + node, key.to(tl.bfloat16))


class Factors:
    """What a step multiplies with, of one layer of both encoders: weights and biases in bfloat16.

    Parameters
    ----------
    query, key
        The layer in both encoders (:class:`clear.model.encoder.Linear`).
    """

    def __init__(self, query, key):
        self.query, self.key = query, key
        self.factor, self.key_factor = (_like(layer.weight) for layer in (query, key))
        self.offset, self.key_offset = (_like(layer.bias) for layer in (query, key))

    def refresh(self) -> None:
        """Compute the factors from weights that something else has changed."""
        self._launch(None, None, None, None, None, (0.9, 0.999, 1e-8, 0.0, 0.0))

    def update(
        self, weight_gradient: Tensor, bias_gradient: Tensor, states: list, rate: Tensor, preset
    ) -> None:
        """Do a step of Adam and of the momentum update, in place.

        Parameters
        ----------
        weight_gradient, bias_gradient
            Gradients of the factors (nodes x inputs and nodes, any floating type).
        states
            Adam's of weight and bias: ``exp_avg``, ``exp_avg_sq``, and ``step``, which counts this
            step already.
        rate
            Learning rate, a scalar on the device.
        preset
            Adam's settings and the momentum.
        """
        numbers = _numbers(preset)
        self._launch(weight_gradient, bias_gradient, *states, rate, numbers)

    def _launch(self, weight_gradient, bias_gradient, of_weight, of_bias, rate, numbers) -> None:
        query, key, move = self.query, self.key, weight_gradient is not None
        any_tensor = query.bias  # stands where nothing is read
        of_weight, of_bias = ((state or {}) for state in (of_weight, of_bias))
        standardised = hasattr(query, "scale")
        beta1, beta2, epsilon, decay, follow = numbers
        nodes, inputs = query.weight.shape
        _update[(nodes,)](
            query.weight,
            query.bias,
            weight_gradient if move else any_tensor,
            bias_gradient if move else any_tensor,
            of_weight.get("exp_avg", any_tensor),
            of_weight.get("exp_avg_sq", any_tensor),
            of_bias.get("exp_avg", any_tensor),
            of_bias.get("exp_avg_sq", any_tensor),
            key.weight,
            key.bias,
            self.factor,
            self.offset,
            self.key_factor,
            self.key_offset,
            query.mean if standardised else any_tensor,
            query.scale if standardised else any_tensor,
            of_weight.get("step", any_tensor),
            rate if move else any_tensor,
            inputs,
            beta1,
            beta2,
            epsilon,
            decay,
            follow,
            STANDARDISED=standardised,
            MOVE=move,
            BLOCK=min(BLOCK, triton.next_power_of_2(inputs)),
        )


def _like(values: Tensor) -> Tensor:
    return torch.empty_like(values, dtype=torch.bfloat16, requires_grad=False)


def _numbers(preset: Preset) -> tuple[float, ...]:
    decay, follow = preset.weight_decay, 1 - preset.momentum
    return preset.adam_beta1, preset.adam_beta2, preset.adam_epsilon, decay, follow
