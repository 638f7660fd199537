"""A simulated atlas: cells of blood and lung of many samples, in any number, block by block."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd
from scipy import sparse

from clear.benchmark.data.atlas_genes import SHARES, expressed
from clear.benchmark.data.cohort import LIBRARY_SIZE, type_levels
from clear.benchmark.data.simulate import BLOCK, DISPERSION, LIBRARY_SD
from clear.benchmark.data.stream import Block, CellStream
from clear.errors import ClearError

TOGETHER = 64 * BLOCK  # cells that are handed on at once
CONCENTRATION = 100.0  # how alike the shares of types are in samples (Dirichlet)


def simulate_atlas(
    cells: int,
    genes: int,
    samples: int,
    dropout: float = 0.0,
    seed: int = 0,
    sample_sd: float = 0.1,
) -> CellStream:
    """Simulate an atlas as a stream: no more than 16,384 cells are in memory at once.

    A count is negative binomial; its mean is the cell's library size times the gene's share of it:
    a log-normal level times the factors of the type and of the sample (log-normal, every gene).
    Types are related: groups of them share genes (:data:`~.atlas_genes.GROUPS`).

    Parameters
    ----------
    cells, genes, samples
        Numbers. The cells of all samples are equally many, but for one.
    dropout
        Probability that a count is replaced by zero.
    seed
        Seed of everything random.
    sample_sd
        Standard deviation of the samples' log factors on every gene.

    Returns
    -------
    CellStream
        Counts; ``obs`` has ``cell_type`` and ``sample``. The first cells of a larger atlas are
        those of a smaller one.

    Raises
    ------
    ClearError
        There are fewer cells than samples, or fewer genes than those of which something is known.
    """
    known = expressed()
    for what, number, least in (("cells", cells, samples), ("genes", genes, len(known))):
        if number < least:
            raise ClearError(f"simulate: this atlas needs {least} {what} or more, not {number}.")
    width = len(str(genes))
    names = [*known, *(f"gene_{number:0{width}d}" for number in range(genes - len(known)))]
    kinds = list(SHARES)
    rng = np.random.default_rng([seed, 1])
    level = type_levels(names, kinds, known, rng).astype(np.float32)
    of_sample = rng.normal(0, sample_sd, (samples, genes)).astype(np.float32)
    sample, kind = _draw_types(cells, samples, seed)
    digits = len(str(samples))
    obs = {
        "cell_type": pd.Categorical.from_codes(kind, kinds),
        "sample": pd.Categorical.from_codes(
            sample, [f"sample_{number + 1:0{digits}d}" for number in range(samples)]
        ),
    }
    index = pd.Index([f"sim_{number}" for number in range(cells)])
    counts = partial(_counts, level, of_sample, kind, sample, dropout, seed)
    return CellStream(
        pd.DataFrame(obs, index=index),
        pd.DataFrame(index=pd.Index(names)),
        partial(_blocks, counts, cells),
    )


def _draw_types(cells: int, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sample and type of each cell as numbers."""
    rng = np.random.default_rng([seed, 0])
    drawn = rng.dirichlet(CONCENTRATION * np.array(list(SHARES.values())), samples)
    sample, place = np.arange(cells, dtype=np.int32) % samples, rng.random(cells)
    kind = np.empty(cells, dtype=np.int8)
    for one, shares in enumerate(drawn):
        kind[one::samples] = np.searchsorted(shares.cumsum()[:-1], place[one::samples])
    return sample, kind


def _blocks(counts, cells: int, after: dict | None) -> Iterator[Block]:
    for first in range(after["cell"] if after else 0, cells, TOGETHER):
        stop = min(first + TOGETHER, cells)
        parts = [counts(start, min(start + BLOCK, stop)) for start in range(first, stop, BLOCK)]
        yield Block(sparse.vstack(parts, format="csr"), {"cell": stop})


def _counts(
    level: np.ndarray,
    of_sample: np.ndarray,
    kind: np.ndarray,
    sample: np.ndarray,
    dropout: float,
    seed: int,
    start: int,
    stop: int,
) -> sparse.csr_matrix:
    """Draw the counts of a block; they depend on its number, not on how many there are."""
    rng = np.random.default_rng([seed, 2, start // BLOCK])
    library = LIBRARY_SIZE * rng.lognormal(0, LIBRARY_SD, (BLOCK, 1)).astype(np.float32)
    mean = np.exp(level[kind[start:stop]] + of_sample[sample[start:stop]])
    mean *= library[: stop - start] / mean.sum(axis=1, keepdims=True)
    counts = negative_binomial(mean, rng)
    if dropout:
        # from a generator of its own: the last block may be cut short
        rng = np.random.default_rng([seed, 3, start // BLOCK])
        counts.data[rng.random(counts.nnz) < dropout] = 0
        counts.eliminate_zeros()
    return counts


def negative_binomial(mean: np.ndarray, rng: np.random.Generator) -> sparse.csr_matrix:
    """Draw counts of variance mean + DISPERSION * mean^2 by inversion.

    One random number each, and no more for the zeros, which most counts of an atlas are: five
    times as fast as gamma and Poisson numbers.
    """
    size = 1 / DISPERSION
    zero = (1 + DISPERSION * mean) ** -size
    place = rng.random(mean.shape, dtype=np.float32)
    rows, columns = np.nonzero(place > zero)
    scaled = DISPERSION * mean[rows, columns].astype(np.float64)
    ratio = scaled / (1 + scaled)
    # in double precision: else the chances of all numbers might sum to less than the place
    chance = (1 + scaled) ** -size
    rest = place[rows, columns] - chance
    counts = np.zeros(len(rows), dtype=np.float32)
    at = np.arange(len(rows))
    while len(at):
        counts[at] += 1
        number = counts[at[0]]
        chance = chance * ratio * ((number - 1 + size) / number)
        rest = rest - chance
        more = rest > 0
        at, chance, rest, ratio = at[more], chance[more], rest[more], ratio[more]
    indptr = np.concatenate([[0], np.bincount(rows, minlength=len(mean)).cumsum()])
    return sparse.csr_matrix((counts, columns, indptr), shape=mean.shape)
