"""contrastive-sc: cells embedded by a contrast of two dropout masks.

Ciortan and Defrance, BMC Bioinformatics 2021, Methods: a mini-batch passes the network twice; the
inputs that each pass drops make its view of a cell, and the loss of SimCLR (NT-Xent; Chen et al.
2020, equation 1) brings the two views of a cell together.
"""

import math

import torch
from torch import nn
from torch.nn import functional

WIDTHS = (200, 40, 60)  # of the layers; the last is the embedding
INPUT_DROPOUT = 0.9
TEMPERATURE = 0.07
PERIOD = 500  # epochs in which the learning rate would fall along a cosine
LOWEST = 1e-3  # to which share of the first one it would


class Encoder(nn.Module):
    """Input dropout, two hidden layers with batch normalisation, and an embedding of length 1.

    Weights are drawn as by Glorot and Bengio 2010; biases as PyTorch does it.
    """

    def __init__(self, n_genes):
        super().__init__()
        first, second, last = WIDTHS
        self.layers = nn.Sequential(
            nn.Dropout(INPUT_DROPOUT),
            nn.Linear(n_genes, first),
            nn.BatchNorm1d(first),
            nn.ReLU(),
            nn.Linear(first, second),
            nn.BatchNorm1d(second),
            nn.ReLU(),
            nn.Linear(second, last),
        )
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)

    def forward(self, x):
        """Return the embeddings of cells x genes."""
        return functional.normalize(self.layers(x), dim=1)


def nt_xent(one, other, temperature=TEMPERATURE):
    """Return the loss of two views, cells x dimensions, of length 1 each.

    Every view has to find the other view of its cell among all views but itself.
    """
    views = torch.cat([one, other])
    likeness = views @ views.T / temperature
    likeness.fill_diagonal_(-math.inf)
    n_cells = len(one)
    partner = torch.arange(2 * n_cells, device=views.device).roll(n_cells)
    return functional.cross_entropy(likeness, partner)


def learning_rate(first, epoch):
    """Return the learning rate of an epoch, counted from 0."""
    low = first * LOWEST
    return low + (first - low) * (1 + math.cos(math.pi * epoch / PERIOD)) / 2


def embed(X, epochs, batch_size, first_rate, seed, device):
    """Train the network and return the embedding.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, z-scores.
    epochs, batch_size : int
    first_rate : float
        Learning rate of Adam in the first epoch.
    seed : int
    device : torch.device

    Returns
    -------
    numpy.ndarray
        Cells x 60, rows of length 1.
    """
    torch.manual_seed(seed)
    encoder = Encoder(X.shape[1]).to(device)
    X = torch.as_tensor(X, dtype=torch.float32, device=device)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=first_rate)
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = learning_rate(first_rate, epoch)
        total = 0.0
        for batch in torch.randperm(len(X)).split(batch_size):
            if len(batch) == 1:  # has no variance for batch normalisation
                continue
            cells = X[batch.to(device)]
            loss = nt_xent(encoder(cells), encoder(cells))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1} of {epochs}, loss {total / len(X):.3f}", flush=True)
    encoder.eval()
    with torch.no_grad():
        return encoder(X).cpu().numpy()
