"""The augmentations as Numba kernels: all steps of a cell in one pass over its copy.

Each copy has a random stream of its own, SplitMix64's (Steele, Lea and Flood 2014): a counter
that is hashed, starting from a hash of the call's key, the row in the minibatch and the step. The
result therefore does not depend on how rows are split among threads, and a step that a cell
skips costs no random numbers.

Random numbers have no more bits than needed. Which genes change, and by how much noise, takes 16
bits: fractions are rounded to multiples of 2**-16, and noise has 65,536 values, the quantiles of
the normal distribution. Choosing a gene or a cell takes 32 bits.
"""

import numpy as np
from numba import njit

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@njit(inline="always")
def _mix(z):
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return z ^ (z >> np.uint64(31))


@njit
def _fill(words, start):
    for i in range(len(words)):
        words[i] = _mix(start + np.uint64(i) * GOLDEN)


@njit(inline="always")
def _choose(number, choices):
    return np.int64(np.uint64(number) * np.uint64(choices) >> np.uint64(32))


# These loops read both alternatives before they choose one, so that they can be vectorised.


@njit
def _mask(row, numbers, threshold):
    for gene in range(len(row)):
        own = row[gene]
        row[gene] = np.float32(0) if numbers[gene] < threshold else own


@njit
def _noise(row, numbers, threshold, noise):
    for gene in range(len(row)):
        change = noise[numbers[2 * gene]]
        row[gene] += change if numbers[2 * gene + 1] < threshold else np.float32(0)


@njit
def _crossover(row, numbers, threshold, donor):
    for gene in range(len(row)):
        own, other = row[gene], donor[gene]
        row[gene] = other if numbers[gene] < threshold else own


@njit
def _swap(row, numbers, pairs, order):
    """Shuffle the first genes of ``order``, exchange their values in pairs, restore ``order``."""
    for i in range(2 * pairs):
        k = i + _choose(numbers[i], len(row) - i)
        order[i], order[k] = order[k], order[i]
    for i in range(0, 2 * pairs, 2):
        first, second = order[i], order[i + 1]
        row[first], row[second] = row[second], row[first]
    for i in range(2 * pairs - 1, -1, -1):
        k = i + _choose(numbers[i], len(row) - i)
        order[i], order[k] = order[k], order[i]


@njit
def _hits(numbers, gaps, genes, hit):
    count, gene = 0, gaps[numbers[0]]
    while gene < genes:
        hit[count] = gene
        count += 1
        gene += 1 + gaps[numbers[count]]
    return count


@njit
def _copy(row, out):
    """Do as ``out[:] = row``, which Numba takes two seconds to compile."""
    for gene in range(len(row)):
        out[gene] = row[gene]


@njit
def _round(row, out):
    """Round float32 to bfloat16, ties to even, and write its bits."""
    bits = row.view(np.uint32)
    for gene in range(len(row)):
        odd = (bits[gene] >> np.uint32(16)) & np.uint32(1)
        out[gene] = (bits[gene] + np.uint32(0x7FFF) + odd) >> np.uint32(16)


@njit(nogil=True, cache=True)
def distort(
    pool, cells, first, last, key, coins, thresholds, pairs, own_donor, noise, gaps, wide, narrow
):
    """Write augmented copies for rows ``first`` to ``last`` - 1 of a minibatch.

    Parameters
    ----------
    pool
        Cells x genes, float32.
    cells
        The row in the pool of each row of the minibatch, int64.
    first, last
        The rows to write.
    key
        Seed of the minibatch's random numbers, uint64.
    coins
        Probability of each step.
    thresholds
        Fractions of the steps i, ii and iv in 65,536ths, int64.
    pairs
        Number of pairs that the swap exchanges.
    own_donor
        Whether a cell may be its own donor in crossovers (0 or 1).
    noise, gaps
        See :func:`clear.fast.augment_cpu.tables`.
    wide, narrow
        Output: float32, or the bits of bfloat16 as uint16; the other one is ``None``.
    """
    available, genes = pool.shape
    row = np.empty(genes, np.float32)
    start = np.empty(6, np.uint64)
    words = np.empty((genes + 1) // 2 + 1, np.uint64)
    quarter, half = words[: genes // 4 + 1], words[: (genes + 1) // 2]
    in16, in32 = words.view(np.uint16), words.view(np.uint32)
    order = np.arange(genes)
    hit, donors = np.empty(genes, np.int64), np.empty(genes, np.int64)
    choices, step_over = available - 1 + own_donor, 1 - own_donor
    for number in range(first, last):
        cell = cells[number]
        _copy(pool[cell], row)
        _fill(start, _mix(key + np.uint64(number) * GOLDEN))
        for step in range(5):
            if (start[step] >> np.uint64(11)) * 2.0**-53 >= coins[step]:
                continue
            stream = _mix(start[step])
            if step == 0:
                _fill(quarter, stream)
                _mask(row, in16, thresholds[0])
            elif step == 1:
                _fill(half, stream)
                _noise(row, in16, thresholds[1], noise)
            elif step == 2:
                _fill(words[:pairs], stream)
                _swap(row, in32, pairs, order)
            elif step == 3:
                _fill(quarter, stream)
                donor = _choose(start[5] >> np.uint64(32), choices)
                donor += step_over * (donor >= cell)
                _crossover(row, in16, thresholds[2], pool[donor])
            else:
                _fill(quarter, stream)
                count = _hits(in16, gaps, genes, hit)
                _fill(words[: (count + 1) // 2], _mix(stream))
                for i in range(count):
                    donor = _choose(in32[i], choices)
                    donors[i] = donor + step_over * (donor >= cell)
                # A separate loop, so that many of these scattered reads are in flight at once.
                for i in range(count):
                    row[hit[i]] = pool[donors[i], hit[i]]
        if wide is not None:
            _copy(row, wide[number])
        if narrow is not None:
            _round(row, narrow[number])
