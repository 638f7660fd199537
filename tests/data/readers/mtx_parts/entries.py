"""Matrix Market text of a few entries."""

import numpy as np
from scipy import sparse

KIND = "%%MatrixMarket matrix coordinate real general"


def lines(entries, kind="{} {} {:.7e}\n", swap=False):
    return "".join(
        kind.format(*((g + 1, c + 1) if swap else (c + 1, g + 1)), v) for c, g, v in entries
    )


def random_entries(cells=60, genes=30, seed=0):
    """Counts sorted by cell, not by gene; the first, some others and the last cells are empty."""
    random = np.random.default_rng(seed)
    counts = random.poisson(0.3, (cells, genes)) * (random.random((cells, 1)) < 0.8)
    counts[0] = counts[-3:] = 0
    entries = []
    for cell in range(cells):
        found = np.flatnonzero(counts[cell])
        entries += [(cell, int(g), int(counts[cell, g])) for g in random.permutation(found)]
    return counts, entries


def names(kind, number):
    return [f"{kind}{i}" for i in range(number)]


def whole(stream, after=None):
    return sparse.vstack([block.matrix for block in stream.blocks(after)]).toarray()
