"""Dropout: an exact share of the non-zero values set to zero."""

import numpy as np
from scipy import sparse

from clear.errors import ClearError

SEED = 0


def drop_out(values: sparse.csr_matrix, percent: int, dataset: str) -> dict:
    """Set ``percent`` % of the non-zero values to zero, in place.

    The entries are drawn without replacement over the whole matrix, each as likely as any other
    and whatever its value, so the number that a cell or gene loses is hypergeometric
    (Han et al. 2022, "CLEAR corrects dropout events and batch effects effectively"). It is always
    the same draw: of two shares of one matrix, the smaller one's entries are among the larger's.
    Takes four bytes an entry.

    Parameters
    ----------
    values
        Expression, cells x genes; loses the entries that are zero.
    percent
        From 1 to 99. The number of entries is rounded, halves up.
    dataset
        Id of the dataset, for the message.

    Returns
    -------
    dict
        ``percent``, ``seed``, and the numbers of entries ``of`` which some were ``zeroed``.

    Raises
    ------
    ClearError
        No value would be left.
    """
    values.eliminate_zeros()
    entries = values.nnz
    zeroed = (entries * percent + 50) // 100
    if zeroed == entries:
        raise ClearError(
            f"Dataset {dataset!r}: dropout_{percent} leaves none of its {entries} non-zero values. "
            "Choose a lower percentage under `perturbations`."
        )
    order = np.arange(entries, dtype=np.uint32 if entries < 2**32 else np.int64)
    np.random.default_rng(SEED).shuffle(order)
    values.data[order[:zeroed]] = 0
    values.eliminate_zeros()
    return {"percent": percent, "seed": SEED, "zeroed": zeroed, "of": entries}
