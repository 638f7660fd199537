"""InfoNCE on a GPU: loss, gradient and measures by Triton, without a table of similarities.

One kernel gives keys their unit length and adds them up; one does a block of anchors in each
program, which goes through all keys once and keeps a running maximum, sum and weighted sum of them
(as FlashAttention, Dao et al. 2022). See :func:`clear.model.contrast.info_nce` for the loss.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from clear.fast.measures_cuda import BLOCKS, FULL, ROWS, Blocks, advance, keep, product, unit
from clear.presets import Preset


@triton.jit(do_not_specialize=["rows", "held"])
def _keys(
    raw,
    ring,
    keys,
    sums,
    rows,
    held,
    IN_BATCH: tl.constexpr,
    DIMENSIONS: tl.constexpr,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
):
    """Write keys of unit length, and the sum of each block of the keys and of the queue."""
    row, dim = tl.program_id(0) * ROWS + tl.arange(0, ROWS), tl.arange(0, WIDTH)
    real = (dim < DIMENSIONS)[None, :]
    new, old = (row < rows)[:, None] & real, (row >= rows)[:, None] & real
    place = row[:, None] * DIMENSIONS + dim[None, :]
    values, _ = unit(tl.load(raw + place, new, other=0.0).to(tl.float32))
    tl.store(keys + place, values, new)
    if not IN_BATCH:
        values = tl.zeros([ROWS, WIDTH], tl.float32)
    old &= (row < rows + held)[:, None]
    values += tl.load(ring + place - rows * DIMENSIONS, old, other=0.0)
    tl.store(sums + tl.program_id(0) * WIDTH + dim, tl.sum(values, axis=0))


@triton.jit
def _absorb(top, total, moment, terms, others, KIND: tl.constexpr):
    """Add some similarities to the running maximum, sum of exponentials and weighted keys."""
    higher = tl.maximum(top, tl.max(terms, axis=1))
    shares, fade = tl.exp(terms - higher[:, None]), tl.exp(top - higher)
    total = total * fade + tl.sum(shares, axis=1)
    return higher, total, moment * fade[:, None] + product(shares, others, KIND)


@triton.jit(do_not_specialize=["rows", "half", "held", "parts", "others", "kept", "capacity"])
def _anchors(
    raw,
    keys,
    ring,
    parts_sums,
    gradient,
    anchors,
    place,
    sums,
    means,
    squares,
    rows,
    half,
    held,
    parts,
    others,
    kept,
    capacity,
    temperature,
    IN_BATCH: tl.constexpr,
    LAST_RELU: tl.constexpr,
    KIND: tl.constexpr,
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
    output = tl.load(raw + where, here, other=0.0).to(tl.float32)
    query, length = unit(output)
    tl.store(anchors + where, query, here)
    paired = (row + half) % rows
    positive = tl.load(keys + paired[:, None] * DIMENSIONS + dim[None, :], here, other=0.0)
    apart = tl.sum((query - positive) * (query - positive), axis=1)

    # One vector less for all keys changes neither shares nor gradient, and rounds less.
    centre = tl.zeros([WIDTH], tl.float32)
    for begin in range(0, parts, BLOCKS):
        part = begin + tl.arange(0, BLOCKS)
        of = part[:, None] * WIDTH + dim[None, :]
        centre += tl.sum(tl.load(parts_sums + of, (part < parts)[:, None], other=0.0), axis=0)
    centre /= tl.maximum(others, 1)
    positive = tl.where(here, positive - centre[None, :], 0.0)

    scaled = query / temperature
    top = tl.full([ROWS], -1e30, tl.float32)
    total = tl.zeros([ROWS], tl.float32)
    moment = tl.zeros([ROWS, WIDTH], tl.float32)
    right = tl.zeros([ROWS], tl.float32)
    if IN_BATCH:
        for begin in range(0, rows, COLUMNS):
            column = begin + tl.arange(0, COLUMNS)
            there = (column < rows)[:, None] & real
            of = column[:, None] * DIMENSIONS + dim[None, :]
            some = tl.load(keys + of, there, other=0.0) - centre[None, :]
            some = tl.where(there, some, 0.0)
            terms = product(scaled, tl.trans(some), KIND)
            # From the same product, so that rounding cannot favour the positive.
            is_positive = column[None, :] == paired[:, None]
            right += tl.sum(tl.where(is_positive, terms, 0.0), axis=1)
            out = is_positive | (column[None, :] == row[:, None]) | (column >= rows)[None, :]
            terms = tl.where(out, float("-inf"), terms)
            top, total, moment = _absorb(top, total, moment, terms, some, KIND)
    else:
        right = tl.sum(scaled * positive, axis=1)
    for begin in range(0, held, COLUMNS):
        column = begin + tl.arange(0, COLUMNS)
        there = (column < held)[:, None] & real
        of = column[:, None] * DIMENSIONS + dim[None, :]
        some = tl.load(ring + of, there, other=0.0) - centre[None, :]
        some = tl.where(there, some, 0.0)
        terms = product(scaled, tl.trans(some), KIND)
        terms = tl.where((column >= held)[None, :], float("-inf"), terms)
        top, total, moment = _absorb(top, total, moment, terms, some, KIND)

    highest = tl.maximum(top, right)
    own, fade = tl.exp(right - highest), tl.exp(top - highest)
    total = total * fade + own
    slope = moment * fade[:, None] + (own - total)[:, None] * positive
    slope /= (total * temperature * rows)[:, None]
    # Through the unit length; an output of zeros has no direction to learn.
    slope -= query * tl.sum(query * slope, axis=1)[:, None]
    alive = (length > 0)[:, None]
    slope = tl.where(alive, slope / tl.where(alive, length[:, None], 1.0), 0.0)
    if LAST_RELU:
        slope = tl.where(output > 0, slope, 0.0)
    tl.store(gradient + where, slope.to(gradient.dtype.element_ty), here)
    loss = tl.log(total) + highest - right
    keep(loss, right > top, apart, query, inside, sums, means, squares)


def info_nce(
    query: Tensor, key: Tensor, queue, preset: Preset, chance: float, kind: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Compare outputs of the query encoder with the keys, and put these into the queue.

    Parameters
    ----------
    query, key
        Outputs of both encoders (rows x dimensions, any length, one floating type).
    queue
        A :class:`clear.model.queue.Queue`, changed in place.
    preset
        Settings of the loss.
    chance
        Passed on to the measures.
    kind
        Of the products, see :mod:`.measures_cuda`.

    Returns
    -------
    gradient : Tensor
        Of the mean loss, for ``query`` before a last ReLU; same shape and type.
    anchors : Tensor
        ``query`` at unit length, float32.
    measures : Tensor
        See :meth:`.measures_cuda.Blocks.finish`.
    """
    blocks, held = Blocks(query), len(queue.keys)
    rows, sizes = blocks.rows, {"DIMENSIONS": blocks.dimensions, "WIDTH": blocks.width}
    parts = triton.cdiv(rows + held, ROWS)
    keys, anchors = query.new_empty(2, *query.shape, dtype=torch.float32).unbind()
    parts_sums = keys.new_empty(parts, blocks.width)
    in_batch = preset.batch_negatives
    _keys[(parts,)](
        key, queue.ring, keys, parts_sums, rows, held, IN_BATCH=in_batch, ROWS=ROWS, **sizes
    )
    gradient = torch.empty_like(query)
    _anchors[(blocks.number,)](
        query,
        keys,
        queue.ring,
        parts_sums,
        gradient,
        anchors,
        queue.next,
        blocks.sums,
        blocks.means,
        blocks.squares,
        rows,
        rows // 2 if preset.symmetrical_loss else 0,
        held,
        parts,
        held + in_batch * rows,
        min(rows, queue.capacity),
        queue.capacity,
        preset.temperature,
        IN_BATCH=in_batch,
        LAST_RELU=preset.last_relu,
        KIND=kind,
        ROWS=ROWS,
        COLUMNS=32 if kind == FULL.value else 64,  # as many as fit without spilling registers
        num_warps=8,
        num_stages=2,
        **sizes,
    )
    return gradient, anchors, blocks.finish(chance, keys, queue)
