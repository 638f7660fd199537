"""Places of methods, from comparisons of two methods at a time."""

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import connected_components


def places(scores: pd.DataFrame) -> pd.Series:
    """Order methods by their mean difference on the datasets that two of them have in common.

    Whether one method is placed before another follows from the scores of these two alone, so a
    third method cannot turn their order. Methods with the same mean, without a dataset in common,
    or that beat each other in a circle (possible only where some lack a dataset) share a place.

    Parameters
    ----------
    scores
        Datasets x methods, higher is better; NaN where a method is not compared.

    Returns
    -------
    Series
        A place from 1 for each method, the mean of those that it shares; NaN without scores.
    """
    ranked = scores.columns[scores.notna().any()]
    columns = [scores[name].to_numpy(float) for name in ranked]
    at_least = np.array([[_difference(a, b) >= 0 for b in columns] for a in columns])
    if not len(ranked):
        return pd.Series(np.nan, index=scores.columns)
    # Each of a group is at least as good as each other one, directly or by way of others.
    _, group = connected_components(at_least, connection="strong")
    same = group[:, None] == group
    before = (at_least & ~same).sum(axis=0)
    return pd.Series(before + (same.sum(axis=0) + 1) / 2, index=ranked).reindex(scores.columns)


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    with np.errstate(invalid="ignore"):  # infinite on both sides: no difference
        found = a - b
    found = found[~np.isnan(found)]
    # Rounded, so that means that differ in the last bit only are ties.
    return round(float(found.mean()), 10) if len(found) else 0.0
