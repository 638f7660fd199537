"""Scores on the scale between the controls: 0 is the random one, 1 the one that knows the labels.

Raw scores of two datasets differ in what an embedding can reach on them through the same clusterer;
scaled ones say which share of that a method reaches.
"""

import numpy as np
import pandas as pd

from clear.benchmark.statistics.failures import RANDOM, sign_of

LABELS = "control_labels"
LEAST_SPAN = 0.05  # between the controls; below, a share of it says nothing


def scaled(cells: pd.DataFrame, metric: dict) -> pd.Series:
    """Return the scaled mean of each method on each dataset of one view.

    Parameters
    ----------
    cells
        Rows of ``statistics.tsv`` with one recipe, perturbation, task, track and metric.
    metric
        ``better``: ``higher`` or ``lower``, or None where nothing is compared.

    Returns
    -------
    Series
        Indexed as ``cells``; NaN where a control has no score or does not lie above the other by
        :data:`LEAST_SPAN`, and of a metric that is not compared.
    """
    mean = cells["mean"].astype(float)
    if not metric["better"]:
        return mean * np.nan
    of = [mean[cells["method"] == name] for name in (RANDOM, LABELS)]
    low, high = (cells["dataset"].map(c.set_axis(cells["dataset"][c.index])) for c in of)
    span = high - low
    return ((mean - low) / span).where(sign_of(metric) * span >= LEAST_SPAN)
