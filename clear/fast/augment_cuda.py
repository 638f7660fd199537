"""The paper's augmentations on a GPU as one Triton kernel: tensors in and out.

Each value of the output is computed for itself: from which gene of the cell it comes (the swap),
what becomes of it (mask, noise), and whether another cell's takes its place (crossovers). It is
rounded once, as it is written.

Random numbers are those of Philox (Salmon et al. 2011), a hash of a key and a counter of gene, row
and step, so that threads share nothing.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

from clear.fast.swap_cuda import digits, partner
from clear.presets import Preset

BLOCK = 512  # the fastest of 256 to 2,048 on an H200
# Rounds of Philox: 7 are the fewest that pass all tests of its authors.
ROUNDS = tl.constexpr(7)


@triton.jit
def _uniform(bits):
    """Turn random bits into numbers in [0, 1): multiples of 2^-24, exact in float32."""
    return (bits >> 8).to(tl.float32) * 5.9604644775390625e-08


@triton.jit
def _other(bits, choices, cell, step_over):
    """Choose a donor; where ``step_over`` is 1 never the cell itself."""
    donor = tl.umulhi(bits, choices.to(tl.uint32)).to(tl.int64)
    return donor + tl.where(donor >= cell, step_over, 0)


@triton.jit(do_not_specialize=["genes", "choices", "step_over", "swapped", "high", "low"])
def _distort(
    pool,
    cells,
    out,
    key,
    genes,
    choices,
    step_over,
    swapped,
    high,
    low,
    mask_coin,
    noise_coin,
    swap_coin,
    cross_coin,
    many_coin,
    mask_share,
    noise_share,
    cross_share,
    many_share,
    noise_sd,
    EXACT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    row = tl.program_id(0)
    gene = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = gene < genes
    seed, cell = tl.load(key), tl.load(cells + row)
    # Counters: gene, row, use (0: the row's own numbers; 1: mask and noise; 2: crossovers).
    zero = gene * 0
    c0, c1, c2, c3 = tl.philox(seed, row * 0, row, row * 0, row * 0, ROUNDS)
    d0, d1, d2, d3 = tl.philox(seed, row * 0 + 1, row, row * 0, row * 0, ROUNDS)
    # Steps that the row skips change a share of 0.
    mask_share = tl.where(_uniform(c0) < mask_coin, mask_share, 0.0)
    noise_share = tl.where(_uniform(c1) < noise_coin, noise_share, 0.0)
    cross_share = tl.where(_uniform(c3) < cross_coin, cross_share, 0.0)
    many_share = tl.where(_uniform(d0) < many_coin, many_share, 0.0)

    source = tl.minimum(gene, genes - 1)
    if _uniform(c2) < swap_coin:
        e0, e1, e2, e3 = tl.philox(seed, row * 0 + 2, row, row * 0, row * 0, ROUNDS)
        source = partner(source, d2, d3, e0, e1, e2, e3, genes, swapped, high, low, EXACT)
    value = tl.load(pool + cell * genes + source, mask=inside, other=0.0)

    # Before the swap: these numbers belong to the gene that the value comes from.
    if mask_share + noise_share > 0:
        a0, a1, a2, a3 = tl.philox(seed, source, zero + row, zero + 1, zero, ROUNDS)
        value = tl.where(_uniform(a0) < mask_share, 0.0, value)
        # Box and Muller (1958); 1 - u is never 0.
        radius = tl.sqrt(-2.0 * tl.log(1.0 - _uniform(a2)))
        change = radius * tl.cos(6.283185307179586 * _uniform(a3))
        value = tl.where(_uniform(a1) < noise_share, value + noise_sd * change, value)

    if cross_share + many_share > 0:
        b0, b1, b2, _ = tl.philox(seed, gene, zero + row, zero + 2, zero, ROUNDS)
        taken = (_uniform(b0) < cross_share) & inside
        donor = _other(d1, choices, cell, step_over)
        value = tl.where(taken, tl.load(pool + donor * genes + gene, taken, other=0.0), value)
        taken = (_uniform(b1) < many_share) & inside
        donors = _other(b2, choices, cell, step_over)
        value = tl.where(taken, tl.load(pool + donors * genes + gene, taken, other=0.0), value)

    place = out + row.to(tl.int64) * genes + gene
    tl.store(place, value.to(out.dtype.element_ty), mask=inside)


class CudaAugmenter:
    """Augments minibatches with the paper's five steps.

    Raises
    ------
    RuntimeError
        When the kernel cannot be compiled or started on ``device``, as without a C compiler.
    """

    def __init__(self, preset: Preset, device: torch.device, dtype: torch.dtype):
        self.preset = preset
        try:
            row = torch.zeros(1, dtype=torch.int64, device=device)
            self(torch.zeros(2, 4, device=device), row, row[0], dtype)
        except Exception as error:  # Triton raises many kinds, some without a common class
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    def __call__(self, pool: Tensor, cells: Tensor, key: Tensor, dtype: torch.dtype) -> Tensor:
        """Return one augmented copy of each cell; see :class:`clear.fast.augment_cpu.CpuAugmenter`.

        ``key``, the seed of all random numbers of this call, is an int64 on the device: nothing
        waits for it, and each replay of a CUDA graph has another one.
        """
        preset, pool, cells = self.preset, pool.contiguous(), cells.contiguous()
        available, genes = pool.shape
        copies = torch.empty(len(cells), genes, dtype=dtype, device=pool.device)
        high, low = digits(genes)
        _distort[(len(cells), triton.cdiv(genes, BLOCK))](
            pool,
            cells,
            copies,
            key,
            genes,
            available - 1 + preset.own_donor,
            1 - preset.own_donor,
            2 * preset.swapped_pairs(genes),
            high,
            low,
            preset.mask_probability,
            preset.noise_probability,
            preset.swap_probability,
            preset.crossover_probability,
            preset.crossover_many_probability,
            preset.mask_fraction,
            preset.noise_fraction,
            preset.crossover_fraction,
            preset.crossover_many_fraction,
            preset.noise_sd,
            EXACT=high * low == genes,
            BLOCK=BLOCK,
        )
        return copies
