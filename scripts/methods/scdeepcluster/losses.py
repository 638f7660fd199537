"""The losses of scDeepCluster (Tian et al., Nature Machine Intelligence 2019, Methods)."""

import torch
from torch.nn import functional


def zinb_loss(counts, size_factors, mean, size, logit):
    """Return minus the mean log-likelihood of counts under a ZINB distribution.

    Parameters
    ----------
    counts : torch.Tensor
        Cells x genes.
    size_factors : torch.Tensor
        Cells x 1; each multiplies the means of its cell.
    mean, size, logit : torch.Tensor
        Cells x genes: mean at size factor 1, dispersion theta, and the logit of the dropout rate.

    Returns
    -------
    torch.Tensor
        Scalar, in nats for each value.
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
    return -torch.where(counts == 0, zero, kept + negative_binomial).mean()


def memberships(z, centres):
    """Return q, the probability of each cell to belong to each cluster (cells x clusters).

    Student's t kernel with one degree of freedom of the distance to the centre, normalised over
    the clusters (Xie et al. 2016, equation 1).
    """
    q = 1 / (1 + (z[:, None] - centres).square().sum(dim=2))
    return q / q.sum(dim=1, keepdim=True)


def sharpened(q):
    """Return p, the target of q: its square divided by the clusters' sums, normalised by cell.

    Cells that are sure of their cluster count for more, and large clusters for less (Xie et al.
    2016, equation 3).
    """
    p = q.square() / q.sum(dim=0)
    return p / p.sum(dim=1, keepdim=True)


def cluster_loss(p, q):
    """Return the Kullback-Leibler divergence of q from p, mean over cells, in nats."""
    return functional.kl_div(torch.log(q + 1e-6), p, reduction="batchmean")
