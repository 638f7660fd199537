"""The two networks of scDHA: the filter of genes and the latent spaces.

Tran et al., Nature Communications 2021, Methods, "Data compression using a non-negative kernel
autoencoder" and "Stacked Bayesian autoencoder"; sizes and rates are those of the R package.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import l1_loss, mse_loss, selu

N_GENES = 5000
N_SNAPSHOTS = 3  # latent spaces that one network gives
FILTER_UNITS, HIDDEN = 32, 64
FILTER_EPOCHS, WARM_UP, EPOCHS = 10, 10, 20
NOISE = 0.25  # standard deviation of the perturbed latent space, in those of the posterior
MANY = 50_000  # cells from which on the constants are others


@dataclass(frozen=True)
class Constants:
    """What depends on the number of cells: most of them to train on, rates, latent dimensions."""

    n_train: int
    filter_decay: float
    decay: float
    rate: float
    beta: float
    n_latent: int
    most_clusters: int

    @classmethod
    def for_cells(cls, n_cells):
        """Return the constants of the package for as many cells."""
        if n_cells >= MANY:
            return cls(5000, 1e-4, 1e-2, 1e-3, 50, 25, 15)
        return cls(2000, 1e-6, 1e-3, 5e-4, 100, 15, 10)


def scale_cells(X):
    """Return each cell (row) scaled to [0, 1], without genes that are 0 everywhere."""
    X = X[:, (X != 0).any(axis=0)]
    low = X.min(axis=1, keepdims=True)
    return (X - low) / np.maximum(X.max(axis=1, keepdims=True) - low, np.finfo(X.dtype).tiny)


def batches(X, generator):
    """Yield the cells in random order, a fiftieth at a time and never one alone."""
    size = max(round(len(X) / 50), 2)
    order = torch.randperm(len(X), generator=generator).to(X.device)
    for rows in order.split(size):
        if len(rows) > 1:
            yield X[rows]


def non_negative_encoder(X, decay, generator):
    """Return the encoder's weights, units x genes, of a linear autoencoder with weights >= 0."""
    encoder = nn.Linear(X.shape[1], FILTER_UNITS).to(X.device)
    decoder = nn.Linear(FILTER_UNITS, X.shape[1]).to(X.device)
    for layer in (encoder, decoder):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=1e-3, weight_decay=decay, eps=1e-7)
    for _ in range(FILTER_EPOCHS):
        for x in batches(X, generator):
            optimizer.zero_grad()
            mse_loss(decoder(encoder(x)), x).backward()
            optimizer.step()
            with torch.no_grad():
                encoder.weight.clamp_(min=0)
    return encoder.weight.detach().cpu().numpy()


def gene_scores(weights):
    """Return the spread of each gene's weights over the units, scaled to [0, 1]."""
    spread = weights.std(axis=0, ddof=1)
    return (spread - spread.min()) / max(np.ptp(spread), np.finfo(spread.dtype).tiny)


def filter_genes(X, constants, n_runs, seed):
    """Return the columns of the ``N_GENES`` genes with the highest mean score, or all if fewer."""
    if X.shape[1] <= N_GENES:
        return np.arange(X.shape[1])
    total = 0.0
    for run in range(n_runs):
        torch.manual_seed(n_runs * seed + run)
        generator = torch.Generator().manual_seed(n_runs * seed + run)
        x = training_cells(X, constants, generator)
        total += gene_scores(non_negative_encoder(x, constants.filter_decay, generator))
    return np.sort(np.argsort(-total, kind="stable")[:N_GENES])


def training_cells(X, constants, generator):
    """Return all cells or, where there are more than ``n_train``, a sample of them."""
    if len(X) <= constants.n_train:
        return X
    rows = torch.randperm(len(X), generator=generator)[: constants.n_train]
    return X[rows.to(X.device)]


class StackedAutoencoder(nn.Module):
    """A variational autoencoder whose latent space is perturbed and decoded twice."""

    def __init__(self, n_genes, n_latent, normalise):
        super().__init__()
        self.hidden = nn.Linear(n_genes, HIDDEN)
        self.activate = nn.BatchNorm1d(HIDDEN, eps=1e-3, momentum=0.01) if normalise else nn.SELU()
        self.mean = nn.Linear(HIDDEN, n_latent)
        self.variance = nn.Linear(HIDDEN, n_latent)
        self.expand = nn.ModuleList(nn.Linear(n_latent, HIDDEN) for _ in range(2))
        self.output = nn.ModuleList(nn.Linear(HIDDEN, n_genes) for _ in range(2))

    def encode(self, x):
        """Return the latent means of cells."""
        return self.mean(self.activate(self.hidden(x)))

    def forward(self, x):
        """Return latent means and variances and the two reconstructions."""
        h = self.activate(self.hidden(x))
        mean, variance = self.mean(h), torch.softmax(self.variance(h), dim=1)
        outputs = []
        for expand, output in zip(self.expand, self.output, strict=True):
            noise = torch.randn(1, mean.shape[1], device=mean.device)  # shared by the batch
            z = mean + variance.sqrt() * NOISE * noise
            outputs.append(output(selu(expand(z))))
        return mean, variance, outputs


def evidence_loss(x, mean, variance, outputs, beta):
    """Return the sum over decoders of beta x squared error + divergence from N(0, 1), means."""
    divergence = -0.5 * (1 + torch.log(variance) - mean**2 - variance).mean()
    return sum(beta * mse_loss(output, x) + divergence for output in outputs)


def latent_spaces(X, constants, n_runs, seed):
    """Return the latent means of all cells after each of the last epochs of each network.

    Parameters
    ----------
    X : torch.Tensor
        Cells x genes, each cell scaled to [0, 1].
    constants : Constants
        Rates and sizes for the number of cells.
    n_runs : int
        Number of networks.
    seed : int
        Starts the networks and draws cells, batches and noise.

    Returns
    -------
    list of numpy.ndarray
        ``n_runs`` x ``N_SNAPSHOTS`` arrays of cells x latent dimensions, float64.
    """
    spaces = []
    for run in range(n_runs):
        torch.manual_seed(n_runs * seed + run)
        generator = torch.Generator().manual_seed(n_runs * seed + run)
        train = training_cells(X, constants, generator)
        net = StackedAutoencoder(X.shape[1], constants.n_latent, len(train) > 500).to(X.device)
        settings = {"lr": constants.rate, "weight_decay": constants.decay, "eps": 1e-7}
        optimizer = torch.optim.AdamW(net.parameters(), **settings)
        for epoch in range(WARM_UP + EPOCHS + N_SNAPSHOTS):
            if epoch == WARM_UP:
                optimizer = torch.optim.AdamW(net.parameters(), **settings)
            net.train()
            for x in batches(train, generator):
                optimizer.zero_grad()
                mean, variance, outputs = net(x)
                if epoch < WARM_UP:
                    loss = sum(l1_loss(output, x) for output in outputs)
                else:
                    loss = evidence_loss(x, mean, variance, outputs, constants.beta)
                loss.backward()
                optimizer.step()
            if epoch >= WARM_UP + EPOCHS:
                net.eval()
                with torch.no_grad():
                    blocks = [net.encode(x).cpu() for x in X.split(10_000)]
                spaces.append(torch.cat(blocks).numpy().astype("float64"))
        print(f"network {run + 1} of {n_runs}: loss {float(loss.detach()):.4f}", flush=True)
    return spaces
