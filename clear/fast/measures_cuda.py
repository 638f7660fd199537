"""What both losses' kernels on a GPU share: products, unit length, measures, and the queue.

The kernel of a loss (:mod:`.info_nce_cuda`, :mod:`.spectral_cuda`) does a block of anchors in each
program and leaves that block's sums. One more kernel adds them up, in the order of the blocks, to
what stands in the history, and writes the keys into the queue. No order of additions is left to
chance: the same numbers give the same bits.
"""

import os

import torch
import triton
import triton.language as tl
from torch import Tensor

ROWS = 16  # anchors of a program
BLOCKS = tl.constexpr(32)  # blocks that are added up at a time
# Kinds of products: float32 (from three in TF32, nearly exact); of numbers rounded to bfloat16; and
# those in float32, since Triton's interpreter cannot multiply bfloat16.
FULL, ROUNDED, ROUNDED_WIDE = (tl.constexpr(kind) for kind in range(3))


def kind(precision: str) -> int:
    """Return the kind of products of a precision (:mod:`clear.fast.precision`)."""
    if precision == "fp32":
        return FULL.value
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    return (ROUNDED_WIDE if interpreted else ROUNDED).value


@triton.jit
def product(left, right, KIND: tl.constexpr):
    """Multiply matrices (float32); the result is float32."""
    if KIND == FULL:
        return tl.dot(left, right, input_precision="tf32x3")
    left, right = left.to(tl.bfloat16), right.to(tl.bfloat16)
    if KIND == ROUNDED_WIDE:
        return tl.dot(left.to(tl.float32), right.to(tl.float32), input_precision="ieee")
    return tl.dot(left, right)


@triton.jit
def unit(rows):
    """Return rows of length 1, zeros where they are zero, and their lengths.

    As :func:`clear.model.encoder.unit_length`: squares of large numbers would overflow.
    """
    size = tl.max(tl.abs(rows), axis=1)
    rows = rows / tl.where(size > 0, size, 1.0)[:, None]
    length = tl.sqrt(tl.sum(rows * rows, axis=1))
    return rows / tl.maximum(length, 1e-12)[:, None], length * size


@triton.jit
def keep(loss, right, apart, anchors, inside, sums, means, squares):
    """Write a block's sums of loss, correct choices and alignment, and the moments of anchors."""
    block, dim = tl.program_id(0), tl.arange(0, anchors.shape[1])
    mean = tl.sum(anchors, axis=0) / tl.sum(inside.to(tl.float32), axis=0)  # 0 outside
    away = tl.where(inside[:, None], anchors - mean[None, :], 0.0)
    tl.store(means + block * anchors.shape[1] + dim, mean)
    tl.store(squares + block * anchors.shape[1] + dim, tl.sum(away * away, axis=0))
    tl.store(sums + 3 * block, tl.sum(tl.where(inside, loss, 0.0), axis=0))
    tl.store(sums + 3 * block + 1, tl.sum((right & inside).to(tl.float32), axis=0))
    tl.store(sums + 3 * block + 2, tl.sum(tl.where(inside, apart, 0.0), axis=0))


@triton.jit
def advance(place, kept, capacity):
    """Move the queue's next place by the keys that :func:`finish` will write."""
    if (tl.program_id(0) == 0) & (kept > 0):
        tl.store(place, (tl.load(place) + kept) % capacity)


@triton.jit(do_not_specialize=["rows", "blocks", "kept", "capacity"])
def _finish(
    sums,
    means,
    squares,
    measures,
    keys,
    ring,
    place,
    rows,
    blocks,
    kept,
    capacity,
    chance,
    DIMENSIONS: tl.constexpr,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
):
    dim = tl.arange(0, WIDTH)
    if tl.program_id(0) == 0:
        loss, right, apart = 0.0, 0.0, 0.0
        mean, spread = tl.zeros([WIDTH], tl.float32), tl.zeros([WIDTH], tl.float32)
        for begin in range(0, blocks, BLOCKS):
            block = begin + tl.arange(0, BLOCKS)
            there = block < blocks
            loss += tl.sum(tl.load(sums + 3 * block, there, other=0.0), axis=0)
            right += tl.sum(tl.load(sums + 3 * block + 1, there, other=0.0), axis=0)
            apart += tl.sum(tl.load(sums + 3 * block + 2, there, other=0.0), axis=0)
            number = tl.minimum(rows - block * ROWS, ROWS).to(tl.float32)[:, None]
            where = block[:, None] * WIDTH + dim[None, :]
            mean += tl.sum(number * tl.load(means + where, there[:, None], other=0.0), axis=0)
        mean /= rows
        for begin in range(0, blocks, BLOCKS):
            block = begin + tl.arange(0, BLOCKS)
            there = (block < blocks)[:, None]
            number = tl.minimum(rows - block * ROWS, ROWS).to(tl.float32)[:, None]
            where = block[:, None] * WIDTH + dim[None, :]
            away = tl.load(means + where, there, other=0.0) - mean[None, :]
            inner = tl.load(squares + where, there, other=0.0)
            spread += tl.sum(tl.where(there, inner + number * away * away, 0.0), axis=0)
        tl.store(measures, loss / rows)
        tl.store(measures + 1, chance)
        tl.store(measures + 2, right / rows)
        tl.store(measures + 3, tl.sum(tl.sqrt(spread / rows), axis=0) / DIMENSIONS)
        tl.store(measures + 4, apart / rows)
    else:
        number = (tl.program_id(0) - 1) * ROWS + tl.arange(0, ROWS)
        there = (number < kept)[:, None] & (dim < DIMENSIONS)[None, :]
        # The last keys, where there are more than places, which `advance` has passed already.
        source = (rows - kept + number)[:, None] * DIMENSIONS + dim[None, :]
        target = (tl.load(place) - kept + number + capacity) % capacity
        values = tl.load(keys + source, there, other=0.0).to(tl.float32)
        tl.store(ring + target[:, None] * DIMENSIONS + dim[None, :], values, there)


class Blocks:
    """Where a loss leaves the sums of its blocks.

    Parameters
    ----------
    query
        The anchors (rows x dimensions).
    """

    def __init__(self, query: Tensor):
        self.rows, self.dimensions = query.shape
        self.width = max(triton.next_power_of_2(self.dimensions), 16)
        self.number = triton.cdiv(self.rows, ROWS)
        self.sums = query.new_empty(self.number, 3, dtype=torch.float32)
        self.means, self.squares = query.new_empty(
            2, self.number, self.width, dtype=torch.float32
        ).unbind()

    def finish(self, chance: float, keys: Tensor, queue) -> Tensor:
        """Return what :data:`clear.model.step.MEASURES` names, and write keys into the queue.

        ``chance`` is passed on. The queue's next place must have been moved by :func:`advance`.
        """
        measures = self.sums.new_empty(5)
        kept = min(len(keys), queue.capacity)
        _finish[(1 + triton.cdiv(kept, ROWS),)](
            self.sums,
            self.means,
            self.squares,
            measures,
            keys,
            queue.ring,
            queue.next,
            self.rows,
            self.number,
            kept,
            queue.capacity,
            chance,
            DIMENSIONS=self.dimensions,
            WIDTH=self.width,
            ROWS=ROWS,
        )
        queue.entered(kept)
        return measures
