"""The four losses of scNAME (Wan, Chen and Deng, Bioinformatics 2022, Methods)."""

import torch
from torch.nn import functional

NEIGHBOURS = 10
TEMPERATURE = 0.7
RIDGE = 1.0  # weight of the squared dropout rates


def zinb_loss(counts, size_factors, mean, size, logit):
    """Return minus the mean log-likelihood of counts, and the ridge on the dropout rates.

    Zero-inflated negative binomial with a mean of ``mean`` times the cell's size factor, the
    dispersion ``size`` and a dropout rate whose logit is ``logit``; cells x genes.
    """
    mean = mean * size_factors
    log_zero = -size * torch.log1p(mean / size)  # of the negative binomial at 0
    negative_binomial = (
        torch.lgamma(counts + size)
        - torch.lgamma(size)
        - torch.lgamma(counts + 1)
        + log_zero
        + counts * (torch.log(mean) - torch.log(size + mean))
    )
    kept = functional.logsigmoid(-logit)
    zero = torch.logaddexp(functional.logsigmoid(logit), kept + log_zero)
    likelihood = torch.where(counts == 0, zero, kept + negative_binomial)
    return -likelihood.mean() + RIDGE * torch.sigmoid(logit).square().mean()


def mask_loss(logit, changed):
    """Return the binary cross-entropy of which values were exchanged."""
    return functional.binary_cross_entropy_with_logits(logit, changed)


def neighbourhood_loss(z, z_corrupted, bank):
    """Return minus the mean log-probability of a corrupted cell's true neighbours.

    They are the 10 cells of the memory bank most like the clean cell by cosine; probabilities are
    a softmax over the whole bank.
    """
    bank = functional.normalize(bank, dim=1)
    nearest = (functional.normalize(z, dim=1) @ bank.T).topk(min(NEIGHBOURS, len(bank))).indices
    likeness = functional.normalize(z_corrupted, dim=1) @ bank.T / TEMPERATURE
    return (likeness.logsumexp(dim=1) - likeness.gather(1, nearest).logsumexp(dim=1)).mean()


def soft_kmeans(z, centres):
    """Return the mean of squared distances to the centres, weighted by sharpened memberships.

    A membership falls with exp(-distance); squared and normalised it is a softmax of -2 distance.
    """
    distance = (z[:, None] - centres).square().sum(dim=2)
    return (functional.softmax(-2 * distance, dim=1) * distance).sum(dim=1).mean()
