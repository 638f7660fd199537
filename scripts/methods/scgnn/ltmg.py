"""Expression states of genes: a mixture of Gaussians whose lowest values are hidden.

Left-truncated mixed Gaussian model (LTMG): Wan et al., Nucleic Acids Research 2019, Methods. The
logarithm of a gene's expression is a mixture of Gaussians; of a zero it is only known that its
logarithm lies below the smallest one seen. Expectation and maximisation give the parameters, the
Bayesian information criterion (BIC) the number of components.
"""

import math

import torch
from torch.special import log_ndtr

MOST_STATES = 5
BINS = 64  # in which the values of a gene are counted
NARROWEST = 0.1  # standard deviation of a component over that of the gene
TOLERANCE = 1e-5  # mean change of the parameters that ends a fit
BLOCK = 100  # genes that are fitted together
LOG_2PI = math.log(2 * math.pi)


def states(X, steps):
    """Return which component each value belongs to, in the order of their means.

    Parameters
    ----------
    X : torch.Tensor
        Cells x genes, linear scale, not negative.
    steps : int
        Iterations of a fit at most.

    Returns
    -------
    torch.Tensor
        Cells x genes, float32: 0 for zeros and for the lowest component of a gene that has zeros,
        1 for the lowest component of a gene that has none.
    """
    result = torch.zeros_like(X, dtype=torch.float32)
    # fewer values than parameters are no mixture
    genes = torch.nonzero((X > 0).sum(dim=0) >= 3 * MOST_STATES)[:, 0]
    genes = genes[X[:, genes].amax(dim=0).argsort()]  # those with few bins together
    for block in genes.split(BLOCK):
        seen = X[:, block] > 0
        y = torch.where(seen, X[:, block], 1).double().log()
        value, number, place = histogram(y, seen)
        result[:, block] = torch.where(
            seen, _states_of_bins(value, number, len(X), steps).gather(0, place), 0
        ).float()
    return result


def histogram(y, seen):
    """Count values in bins of equal width.

    Parameters
    ----------
    y, seen : torch.Tensor
        Cells x genes: logarithms, and which of them count.

    Returns
    -------
    tuple of torch.Tensor
        Mean value and number of values, bins x genes in ascending order, those that are empty in
        all genes left out; the bin of each value, cells x genes.
    """
    low = torch.where(seen, y, math.inf).amin(dim=0)
    high = torch.where(seen, y, -math.inf).amax(dim=0)
    scaled = (y - low) / (high - low).clamp_min(1e-9) * (BINS - 1)
    place = torch.where(seen, scaled.round().clamp(0, BINS - 1), 0).long()
    empty = torch.zeros(BINS, y.shape[1], dtype=y.dtype, device=y.device)
    number = empty.scatter_add(0, place, seen.to(y.dtype))
    total = empty.scatter_add(0, place, torch.where(seen, y, 0))
    filled = number > 0
    order = torch.argsort((~filled).byte(), dim=0, stable=True)
    place = order.argsort(dim=0).gather(0, place)
    order = order[: filled.sum(dim=0).max()]
    number, total = number.gather(0, order), total.gather(0, order)
    return total / number.clamp_min(1), number, place


def _states_of_bins(value, number, n_cells, steps):
    """Return the state of each bin, bins x genes, by the fit with the lowest BIC."""
    n_hidden = n_cells - number.sum(dim=0)
    best = torch.full_like(n_hidden, math.inf)
    chosen = torch.zeros(value.shape, dtype=torch.long, device=value.device)
    for components in range(1, MOST_STATES + 1):
        weight, mean, sd, likelihood = fit(value, number, n_hidden, components, steps)
        criterion = (3 * components - 1) * math.log(n_cells) - 2 * likelihood
        # the hidden values need a component; where none are hidden their state is left empty
        allowed = torch.where(n_hidden > 0, components > 1, components < MOST_STATES)
        better = allowed & (criterion < best)
        best[better] = criterion[better]
        nearest = _log_joint(value, weight, mean, sd).argmax(dim=0)
        state = mean.argsort(dim=0).argsort(dim=0).gather(0, nearest) + (n_hidden == 0)
        chosen[:, better] = state[:, better]
    return chosen


def fit(value, number, n_hidden, components, steps):
    """Fit mixtures of Gaussians to genes.

    Parameters
    ----------
    value, number : torch.Tensor
        From `histogram`.
    n_hidden : torch.Tensor
        Of each gene, how many values lie below the lowest one seen.
    components, steps : int
        Components; iterations at most.

    Returns
    -------
    tuple of torch.Tensor
        Weights, means and standard deviations, components x genes; log-likelihood of each gene.
    """
    n_seen = number.sum(dim=0)
    centre = (number * value).sum(dim=0) / n_seen
    spread = ((number * (value - centre).square()).sum(dim=0) / n_seen).sqrt().clamp_min(1e-3)
    seen = number > 0
    cut = torch.where(seen, value, math.inf).amin(dim=0)
    share = torch.arange(1, components + 1, device=value.device) / (components + 1)
    quantile = torch.searchsorted(number.cumsum(dim=0).T.contiguous(), n_seen[:, None] * share).T
    mean = value.gather(0, quantile)
    if components > 1:
        mean[0], mean[-1] = cut - 1, torch.where(seen, value, -math.inf).amax(dim=0) + 1
    sd = spread.expand_as(mean)
    weight = torch.full_like(mean, 1 / components)
    for _ in range(steps):
        before = weight, mean, sd
        r = torch.softmax(_log_joint(value, weight, mean, sd), dim=0) * number
        below = (cut - mean) / sd
        log_cdf = log_ndtr(below)
        hidden = torch.softmax(weight.log() + log_cdf, dim=0) * n_hidden
        mills = torch.exp(-0.5 * (below.square() + LOG_2PI) - log_cdf)
        total = (r.sum(dim=1) + hidden).clamp_min(1e-10)
        first = (r * value).sum(dim=1) + hidden * (mean - sd * mills)
        weight, mean = total / total.sum(dim=0), first / total
        # hidden values x: E (x - old) = -sd mills, E (x - old)^2 = sd^2 (1 - below mills)
        shift = mean - before[1]
        square = sd.square() * (1 - below * mills) + 2 * shift * sd * mills + shift.square()
        of_seen = (r * (value - mean[:, None]).square()).sum(dim=1)
        sd = ((of_seen + hidden * square) / total).clamp_min(0).sqrt()
        sd = torch.maximum(sd, NARROWEST * spread)
        after = weight, mean, sd
        if max((a - b).abs().mean().item() for a, b in zip(before, after, strict=True)) < TOLERANCE:
            break
    of_seen = torch.logsumexp(_log_joint(value, weight, mean, sd), dim=0)
    of_hidden = torch.logsumexp(weight.log() + log_ndtr((cut - mean) / sd), dim=0)
    return weight, mean, sd, (number * of_seen).sum(dim=0) + n_hidden * of_hidden


def _log_joint(value, weight, mean, sd):
    """Return the logarithm of weight times density, components x bins x genes."""
    z = (value - mean[:, None]) / sd[:, None]
    return (weight.log() - sd.log() - 0.5 * LOG_2PI)[:, None] - 0.5 * z.square()
