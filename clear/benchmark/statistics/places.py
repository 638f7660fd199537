"""Places of methods, from comparisons of two methods at a time."""

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components


def places(scores: pd.DataFrame) -> pd.Series:
    """Order methods by their mean difference on the datasets that two of them have in common.

    Whether one method is placed before another follows from the scores of these two alone, so a
    third method cannot turn their order. Methods with the same mean, without a dataset in common,
    or that beat each other in a circle (possible only where some lack a dataset) share a place.
    A method that is not compared on more than half of the datasets has none: any two that have one
    share a dataset, and few datasets, on which a method happens to be good or bad, close no circles
    through all others.

    Parameters
    ----------
    scores
        Datasets x methods, higher is better; NaN where a method is not compared.

    Returns
    -------
    Series
        A place from 1 for each method, the mean of those that it shares; NaN without scores on
        more than half of the datasets on which any method has one.
    """
    return pd.Series(placed(scores.to_numpy(float)), index=scores.columns)


def placed(values: np.ndarray) -> np.ndarray:
    """Return :func:`places` of an array, datasets x methods."""
    found, known = np.full(values.shape[1], np.nan), ~np.isnan(values)
    count, of = known.sum(axis=0), known.any(axis=1).sum()
    ranked = 2 * count > of
    if ranked.any():
        at_least = _differences(values[:, ranked]) >= 0
        # Each of a group is at least as good as each other one, directly or by way of others.
        _, group = connected_components(at_least, connection="strong")
        same = group[:, None] == group
        before = (at_least & ~same).sum(axis=0)
        found[ranked] = before + (same.sum(axis=0) + 1) / 2
    return found


def _differences(values: np.ndarray) -> np.ndarray:
    """Return mean differences of all pairs of columns (row minus column), 0 where none is known."""
    with np.errstate(invalid="ignore"):  # infinite on both sides: no difference
        pairs = values[:, :, None] - values[:, None, :]
    known = ~np.isnan(pairs)
    means = np.where(known, pairs, 0).sum(axis=0) / known.sum(axis=0).clip(1)
    # Rounded, so that means that differ in the last bit only are ties.
    return means.round(10)
