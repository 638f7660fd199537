"""Losses of two views of a minibatch: VICReg and NT-Xent.

Both take ``one`` and ``other``, the projections of the two views of the same cells (cells x
dimensions), and return a scalar.
"""

import math

import torch
from torch.nn import functional


def vicreg(one, other, invariance, variance, covariance):
    """Return the loss of VICReg (Bardes, Ponce and LeCun 2022, equation 6).

    ``invariance`` (lambda) weighs the mean squared difference of the views, ``variance`` (mu) and
    ``covariance`` (nu) the two terms below, added over the views. As in the paper's Algorithm 1
    squared differences are averaged over dimensions, which equation 5 adds.
    """
    spread = spread_loss(one) + spread_loss(other)
    correlated = covariance_loss(one) + covariance_loss(other)
    return (
        invariance * functional.mse_loss(one, other) + variance * spread + covariance * correlated
    )


def spread_loss(z):
    """Return by how much standard deviations lie below 1, mean over dimensions (equation 1)."""
    return functional.relu(1 - torch.sqrt(z.var(dim=0) + 1e-4)).mean()


def covariance_loss(z):
    """Return the sum of squared covariances, divided by the dimensions (equations 3 and 4)."""
    covariances = torch.cov(z.T)
    return covariances.fill_diagonal_(0).square().sum() / z.shape[1]


def simclr(one, other, temperature):
    """Return NT-Xent, the loss of SimCLR, in nats (Chen et al. 2020, equation 1).

    Every view has to find the other view of its cell among all views but itself, by cosine.
    """
    views = functional.normalize(torch.cat([one, other]), dim=1)
    likeness = views @ views.T / temperature
    likeness.fill_diagonal_(-math.inf)
    partner = torch.arange(len(views), device=views.device).roll(len(one))
    return functional.cross_entropy(likeness, partner)


LOSSES = {"vicreg": vicreg, "simclr": simclr}
