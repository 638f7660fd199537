"""Dropout candidates of CIDR: values below a threshold that the density of each cell gives.

Lin, Troup and Ho, Genome Biology 2017, Methods, "Determination of the dropout candidate threshold"
and "Estimation of the dropout probability"; kernel densities as R's ``density`` makes them.
"""

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import expit

N_GRID = 1024
FEW_READS, MORE_READS = 3, 8  # where the search for the valley and for the peak begins
MOST_CELLS = 2000  # of more cells, those with the largest libraries give one threshold for all
TAIL = 0.1  # thresholds of cells beyond these quantiles are set to them


def log_cpm(counts):
    """Return log2(CPM + 1) of counts, cells x genes."""
    return np.log2(counts / counts.sum(axis=1, keepdims=True) * 1e6 + 1)


def bandwidth(x):
    """Silverman's rule of thumb, R's ``bw.nrd0``: the standard deviation of the kernel."""
    sd = np.std(x, ddof=1)
    iqr = np.subtract(*np.percentile(x, [75, 25]))
    spread = min(sd, iqr / 1.34) or sd or abs(x[0]) or 1
    return 0.9 * spread * len(x) ** -0.2


def density(x, low, high, width):
    """Return the kernel density of ``x`` on a grid: points and heights.

    The Epanechnikov kernel has the standard deviation ``width``. Each value is shared between the
    two points of the grid beside it, so that the kernel is applied to the grid only.
    """
    step = (high - low) / (N_GRID - 1)
    reach = np.sqrt(5) * width
    margin = int(np.ceil(reach / step))
    size = N_GRID + 2 * margin
    place = (x - low) / step + margin
    place = place[(place >= 0) & (place < size - 1)]
    below = place.astype(int)
    share = place - below
    mass = np.bincount(below, 1 - share, size) + np.bincount(below + 1, share, size)
    offset = np.arange(-margin, margin + 1) * step / reach
    kernel = np.maximum(0, 1 - offset**2) * 0.75 / reach
    heights = np.convolve(mass, kernel, mode="same")[margin : margin + N_GRID]
    return np.linspace(low, high, N_GRID), heights / len(x)


def valley(x, library):
    """Return the lowest point of a cell's density between few reads and the peak above them."""
    width = bandwidth(x)
    few, more = (np.log2(reads / library * 1e6 + 1) for reads in (FEW_READS, MORE_READS))
    grid, heights = density(x, more, max(x.max() + 3 * width, more + width), width)
    grid, heights = density(x, few, grid[heights.argmax()], width)
    return grid[heights.argmin()]


def thresholds(logged, libraries):
    """Return the threshold of each cell, below which a value may be a dropout."""
    if len(logged) > MOST_CELLS:
        largest = np.argsort(-libraries, kind="stable")[:MOST_CELLS]
        middle = np.median([valley(logged[cell], libraries[cell]) for cell in largest])
        return np.full(len(logged), middle)
    found = np.array([valley(*cell) for cell in zip(logged, libraries, strict=True)])
    return np.clip(found, *np.quantile(found, [TAIL, 1 - TAIL]))


def imputation_threshold(logged, candidates):
    """Return the level at which half of the values of a gene are dropout candidates.

    The dropout rate of a gene falls with its mean over the other cells x as
    1 / (1 + exp(a (x - b))), fitted to all genes that are expressed by least squares; returns b.
    """
    expressed = ~candidates.all(axis=0)
    candidates = candidates[:, expressed]
    kept = np.where(candidates, 0, logged[:, expressed])
    mean = kept.sum(axis=0) / np.maximum((kept != 0).sum(axis=0), 1)
    start = (1.0, np.round(np.median(mean)))
    rate = candidates.mean(axis=0)
    (_, b), _ = curve_fit(lambda x, a, b: expit(-a * (x - b)), mean, rate, start, maxfev=10_000)
    return b
