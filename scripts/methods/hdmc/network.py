"""The autoencoder of HDMC and its training."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

BANDWIDTHS = (1, 2, 4, 8, 16)
CELLS = 50  # of every cluster in a minibatch


def mmd(first, second):
    """Return the squared maximum mean discrepancy of two samples, with its bias.

    The kernel is a sum of Gaussians (Gretton et al., JMLR 2012, eq. 5).

    Parameters
    ----------
    first, second : torch.Tensor
        Pairs x cells x dimensions, both of the same shape.

    Returns
    -------
    torch.Tensor
        One value per pair.
    """
    both = torch.cat([first, second], dim=1)
    squares = (both**2).sum(dim=2)
    distance = squares[:, :, None] + squares[:, None] - 2 * both @ both.transpose(1, 2)
    kernel = sum(torch.exp(-distance / (2 * width**2)) for width in BANDWIDTHS)
    n = first.shape[1]
    own = kernel[:, :n, :n].mean(dim=(1, 2)) + kernel[:, n:, n:].mean(dim=(1, 2))
    return own - 2 * kernel[:, :n, n:].mean(dim=(1, 2))


class Network(nn.Module):
    """genes - 200 - 20, a fixed random map of the code that is applied twice, 20 - 200 - genes."""

    def __init__(self, genes, hidden=200, code=20):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(genes, hidden), nn.ReLU(), nn.Linear(hidden, code))
        self.transfer = nn.Linear(code, code).requires_grad_(False)
        self.decoder = nn.Sequential(
            nn.Linear(code, hidden), nn.ReLU(), nn.Linear(hidden, genes), nn.ReLU()
        )
        for layer in [*self.encoder, *self.decoder]:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.constant_(layer.bias, 0.01)

    def code(self, x):
        """Return the code, cells x 20."""
        return self.transfer(self.encoder(x))

    def forward(self, x):
        """Return the code and what is rebuilt from it."""
        code = self.code(x)
        return code, self.decoder(self.transfer(code))


def train(x, members, together, apart, epochs, rng):
    """Train a network to rebuild cells while clusters that belong together meet.

    Parameters
    ----------
    x : torch.Tensor
        Cells x genes, in [0, 1].
    members : list of numpy.ndarray of int
        The cells of each cluster.
    together, apart : numpy.ndarray of int
        Pairs of clusters, from `clusters.pairs`.
    epochs : int
        The weight of the pairs grows over them from 0 to 1; every 200 the learning rate halves.
    rng : numpy.random.Generator
        Draws the cells.

    Returns
    -------
    Network
    """
    network = Network(x.shape[1]).to(x.device)
    trained = [*network.encoder.parameters(), *network.decoder.parameters()]
    steps = max(1, max(map(len, members)) // CELLS)
    for epoch in range(1, epochs + 1):
        weight = 2 / (1 + math.exp(-10 * epoch / epochs)) - 1
        # a new optimizer in each epoch, which forgets the moments, as in the released code
        optimizer = torch.optim.Adam(trained, lr=1e-3 / 2 ** (epoch // 200), weight_decay=5e-5)
        for _ in range(steps):
            drawn = [rng.choice(cells, CELLS, replace=len(cells) < CELLS) for cells in members]
            cells = x[torch.from_numpy(np.concatenate(drawn)).to(x.device)]
            code, rebuilt = network(cells)
            # the mean over all is that over clusters, which the released code adds up
            rebuilding = len(members) * functional.mse_loss(rebuilt, cells)
            code = code.view(len(members), CELLS, -1)
            meeting = mmd(code[together[:, 0]], code[together[:, 1]]).sum()
            parting = (1 - mmd(code[apart[:, 0]], code[apart[:, 1]])).sum()
            loss = rebuilding + weight * (meeting + 0.001 * parting)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % max(1, epochs // 10) == 0:
            print(f"epoch {epoch} of {epochs}, loss {loss.item():.4f}", flush=True)
    return network
