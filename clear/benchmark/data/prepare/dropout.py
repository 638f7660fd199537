"""Dropout: an exact share of the non-zero values set to zero."""

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from clear.benchmark.data.prepare.blocks import Blocks
from clear.errors import ClearError

SEED = 0
DRAW = 2**27  # entries that are drawn from at once, which takes five bytes each


def drop_out(cells: Blocks, percent: int, dataset: str) -> tuple[Blocks, dict]:
    """Set ``percent`` % of the non-zero values to zero.

    The entries are drawn without replacement over the whole matrix, each as likely as any other
    and whatever its value, so the number that a cell or gene loses is hypergeometric
    (Han et al. 2022, "CLEAR corrects dropout events and batch effects effectively"). It is always
    the same draw: of two shares of one matrix, the smaller one's entries are among the larger's.
    Above ``DRAW`` entries, each run of so many is drawn from on its own, and loses its share.

    Parameters
    ----------
    cells
        Expression without stored zeros; freed if it is on disk.
    percent
        From 1 to 99. The number of entries is rounded, halves up.
    dataset
        Id of the dataset, for the message.

    Returns
    -------
    cells : Blocks
        What is left.
    record : dict
        ``percent``, ``seed``, and the numbers of entries ``of`` which some were ``zeroed``.

    Raises
    ------
    ClearError
        No value would be left.
    """
    entries = cells.values
    zeroed = _share(entries, percent)
    if zeroed == entries:
        raise ClearError(
            f"Dataset {dataset!r}: dropout_{percent} leaves none of its {entries} non-zero values. "
            "Choose a lower percentage under `perturbations`."
        )
    draws, gone = _draws(entries, percent), np.empty(0, dtype=bool)

    def work(block: sparse.csr_matrix) -> sparse.csr_matrix:
        nonlocal gone
        while len(gone) < block.nnz:
            gone = np.concatenate([gone, next(draws)])
        values = np.where(gone[: block.nnz], np.float32(0), block.data)
        gone = gone[block.nnz :]
        left = sparse.csr_matrix((values, block.indices.copy(), block.indptr.copy()), block.shape)
        left.eliminate_zeros()
        return left

    record = {"percent": percent, "seed": SEED, "zeroed": zeroed, "of": entries}
    return cells.rewritten(work), record


def detected(cells: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the cells that have a value left, and of the genes."""
    of_cells, of_genes = [], np.zeros(cells.shape[1], dtype=bool)
    for block in cells:
        of_cells.append(block.getnnz(axis=1) > 0)
        of_genes |= block.getnnz(axis=0) > 0
    return np.concatenate(of_cells), of_genes


def _share(entries: int, percent: int) -> int:
    return (entries * percent + 50) // 100


def _draws(entries: int, percent: int) -> Iterator[np.ndarray]:
    """Yield masks of the entries that are dropped, for one run of entries after the other."""
    random = np.random.default_rng(SEED)
    for start in range(0, entries, DRAW):
        end = min(start + DRAW, entries)
        order = np.arange(end - start, dtype=np.uint32)
        random.shuffle(order)
        gone = np.zeros(len(order), dtype=bool)
        gone[order[: _share(end, percent) - _share(start, percent)]] = True
        del order
        yield gone
