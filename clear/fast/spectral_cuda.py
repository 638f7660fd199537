"""The spectral loss on a GPU: loss, gradient and measures by one Triton kernel.

A program does a block of anchors and goes through all keys once: the gradient's sum over keys k of
(x . k) k comes from the same products as the loss, and so does the largest of them, for the
accuracy. See :func:`clear.model.contrast.spectral`. Fixed keys are read where they lie, by the
cells in which walks end.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from clear.fast.measures_cuda import FULL, ROWS, Blocks, advance, keep, product, unit
from clear.presets import Preset


@triton.jit
def _rows_of(keys, cells, positives, row, inside, real, dim, FIXED: tl.constexpr, DIMENSIONS):
    """Return keys of rows of the minibatch (float32), zeros outside."""
    if FIXED:
        row = tl.load(positives + tl.load(cells + row, inside, other=0), inside, other=0)
    place = row[:, None] * DIMENSIONS + dim[None, :]
    return tl.load(keys + place, inside[:, None] & real, other=0.0).to(tl.float32)


@triton.jit(do_not_specialize=["rows", "half", "held", "negatives", "kept", "capacity"])
def _anchors(
    raw,
    keys,
    cells,
    positives,
    scales,
    ring,
    gradient,
    anchors,
    place,
    sums,
    means,
    squares,
    rows,
    half,
    held,
    negatives,
    kept,
    capacity,
    FIXED: tl.constexpr,
    IN_BATCH: tl.constexpr,
    LAST_RELU: tl.constexpr,
    DIMENSIONS: tl.constexpr,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
    COLUMNS: tl.constexpr,
):
    advance(place, kept, capacity)
    row, dim = tl.program_id(0) * ROWS + tl.arange(0, ROWS), tl.arange(0, WIDTH)
    inside, real = row < rows, (dim < DIMENSIONS)[None, :]
    here = inside[:, None] & real
    where = row[:, None] * DIMENSIONS + dim[None, :]
    given = tl.load(raw + where, here, other=0.0).to(tl.float32)
    direction, length = unit(given)
    tl.store(anchors + where, direction, here)
    paired = (row + half) % rows
    positive = _rows_of(keys, cells, positives, paired, inside, real, dim, FIXED, DIMENSIONS)
    output, target = given, positive
    if FIXED:
        scale = tl.load(scales + dim, dim < DIMENSIONS, other=0.0)[None, :]
        output, target = given * scale, positive * scale
        _, length = unit(output)
    own = tl.sum(output * positive, axis=1)
    right = tl.sum(output * target, axis=1)

    top = tl.full([ROWS], float("-inf"), tl.float32)
    total = tl.zeros([ROWS], tl.float32)
    moment = tl.zeros([ROWS, WIDTH], tl.float32)
    if IN_BATCH:
        for begin in range(0, rows, COLUMNS):
            column = begin + tl.arange(0, COLUMNS)
            some = _rows_of(
                keys, cells, positives, column, column < rows, real, dim, FIXED, DIMENSIONS
            )
            terms = product(output, tl.trans(some), FULL)
            # Those that are left out count as 0, as do those outside.
            out = (column[None, :] == row[:, None]) | (column[None, :] == paired[:, None])
            terms = tl.where(out, 0.0, terms)
            top = tl.maximum(top, tl.max(terms, axis=1))
            total += tl.sum(terms * terms, axis=1)
            moment += product(terms, some, FULL)
    for begin in range(0, held, COLUMNS):
        column = begin + tl.arange(0, COLUMNS)
        there = (column < held)[:, None] & real
        some = tl.load(ring + column[:, None] * DIMENSIONS + dim[None, :], there, other=0.0)
        terms = product(output, tl.trans(some), FULL)
        highest = tl.where((column < held)[None, :], terms, float("-inf"))
        top = tl.maximum(top, tl.max(highest, axis=1))
        total += tl.sum(terms * terms, axis=1)
        moment += product(terms, some, FULL)

    slope = (moment / negatives - target) * (2.0 / rows)
    if FIXED:
        slope = slope * scale
    if LAST_RELU:
        slope = tl.where(given > 0, slope, 0.0)
    tl.store(gradient + where, slope.to(gradient.dtype.element_ty), here)
    # A sign is 0 where an output or key is.
    _, size = unit(target)
    cosine = right / tl.maximum(length * size, 1e-30)
    apart = (length > 0).to(tl.float32) + (size > 0).to(tl.float32) - 2 * cosine
    loss = total / negatives - 2 * right
    keep(loss, own > top, apart, direction, inside, sums, means, squares)


def spectral(
    query: Tensor,
    key: Tensor,
    queue,
    preset: Preset,
    chance: float,
    cells: Tensor | None = None,
    positives: Tensor | None = None,
    scales: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Compare outputs of the query encoder with the keys, and put these into the queue.

    Parameters
    ----------
    query, queue, preset, chance
        As for :func:`clear.fast.info_nce_cuda.info_nce`.
    key
        Outputs of the key encoder; with ``cells`` the keys of all cells of the pool (float32).
    cells, positives, scales
        For fixed keys, where ``queue`` must have no room: cells of the minibatch, the cell in which
        the walk from each cell of the pool ends (int64), and the scale of each dimension (float32).

    Returns
    -------
    tuple of Tensor
        Gradient, anchors at unit length, and measures, as for InfoNCE.
    """
    blocks, held, fixed = Blocks(query), len(queue.keys), cells is not None
    rows = blocks.rows
    halves, in_batch = 1 + preset.symmetrical_loss, preset.batch_negatives
    gradient, anchors = torch.empty_like(query), torch.empty_like(query, dtype=torch.float32)
    _anchors[(blocks.number,)](
        query,
        key,
        cells if fixed else query,
        positives if fixed else query,
        scales if fixed else query,
        queue.ring,
        gradient,
        anchors,
        queue.next,
        blocks.sums,
        blocks.means,
        blocks.squares,
        rows,
        rows // 2 if preset.symmetrical_loss else 0,
        held,
        max(held + in_batch * (rows - halves), 1),
        min(rows, queue.capacity),
        queue.capacity,
        FIXED=fixed,
        IN_BATCH=in_batch,
        LAST_RELU=preset.last_relu,
        DIMENSIONS=blocks.dimensions,
        WIDTH=blocks.width,
        ROWS=ROWS,
        COLUMNS=32,
        num_warps=8 if blocks.width >= 128 else 4,
        num_stages=2,
    )
    return gradient, anchors, blocks.finish(chance, query if fixed else key, queue)
