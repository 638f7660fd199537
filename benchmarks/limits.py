"""The two limits of a training's speed: the matrix products of a step, and the bytes it moves."""

from collections.abc import Callable

import torch

from clear.fast.precision import input_type
from clear.presets import Preset


def matrix_products(genes: int, preset: Preset, precision: str, device: str) -> Callable[[], None]:
    """Return a function that computes the matrix products of one step and nothing else."""
    cells, hidden, latent = preset.batch_size, preset.hidden_nodes, preset.n_latent
    samples = 2 * cells if preset.symmetrical_loss else cells
    negatives = preset.queue + preset.batch_negatives * samples
    encoders = 1 if preset.keys == "components" else 2  # query and key encoder

    def some(*shape: int) -> torch.Tensor:
        return torch.rand(shape, device=device).to(input_type(precision))

    profiles, first, second = some(samples, genes), some(hidden, genes), some(latent, hidden)
    inner, embedding, keys = some(samples, hidden), some(samples, latent), some(negatives, latent)
    terms = some(samples, negatives)

    def multiply() -> None:
        for _ in range(encoders):
            profiles @ first.T
            inner @ second.T
        embedding @ keys.T
        terms @ keys
        embedding.T @ inner
        embedding @ second
        inner.T @ profiles

    return multiply


def bytes_of_a_step(genes: int, preset: Preset, precision: str) -> int:
    """Return how many bytes a step has to read and write at least.

    The profiles of the minibatch twice, or with fixed keys once, each written as a copy once; that
    copy is read by the first product of one encoder or of both, and by the gradient; weights of the
    first layer, its gradient, two moments and a key encoder are read and all but the gradient
    written.
    """
    cells, size = preset.batch_size, 2 if precision == "bf16" else 4
    fixed = preset.keys == "components"
    copies, reads = (1, 2) if fixed else (2, 6 if preset.symmetrical_loss else 3)
    of_cells = cells * genes * (copies * (4 + size) + reads * size)
    return of_cells + preset.hidden_nodes * genes * 4 * (7 if fixed else 9)


def copying(count: int, device: str) -> Callable[[], None]:
    """Return a function that reads and writes this many bytes in total."""
    source = torch.zeros(max(count // 2, 1), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return lambda: target.copy_(source)
