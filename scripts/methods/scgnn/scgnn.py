"""scGNN in its quick mode: a feature autoencoder, and clusters on the graph of its embedding.

Wang et al., Nature Communications 2021, Methods: the autoencoder's loss weighs the squared error
of each value by its gene's expression state there; cells are linked to their nearest neighbours
in the embedding, and the graph's communities give the number of clusters; the reconstruction is
the next round's input. The quick mode leaves out the autoencoders of single clusters.
"""

import random

import igraph
import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from torch import nn

WIDTHS = (512, 128)  # of the encoder; the last is the embedding
BATCH = 12_800
RATE = 1e-3
PLAIN, STATES = 0.1, 0.9  # weights of the squared error: of all values alike, and by their state
L1 = 1.0  # weight of the sum of the absolute weights
NEIGHBOURS = 10
SMALL, LARGE, SMALL_CELLS = 0.8, 0.5, 2000  # clusters per community, below so many cells and else
SAME = 0.99  # agreement of two rounds' clusters (adjusted Rand index) that ends the rounds


class Autoencoder(nn.Module):
    """Two dense layers each way, rectified everywhere."""

    def __init__(self, n_genes):
        super().__init__()
        hidden, latent = WIDTHS
        self.encode = nn.Sequential(
            nn.Linear(n_genes, hidden), nn.ReLU(), nn.Linear(hidden, latent), nn.ReLU()
        )
        self.decode = nn.Sequential(
            nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, n_genes), nn.ReLU()
        )

    def forward(self, x):
        """Return the reconstruction of cells x genes."""
        return self.decode(self.encode(x))


def loss(network, x, state=None):
    """Return the loss of cells x genes: squared errors, weighted by states if given, and L1."""
    error = (network(x) - x).square()
    weighted = error.sum() * PLAIN
    if state is not None:
        weighted = weighted + STATES * (error * state).sum()
    return weighted + L1 * sum(weights.abs().sum() for weights in network.parameters())


def train(network, optimiser, X, state, epochs):
    """Train on cells x genes; ``state`` is None or of their shape."""
    for _ in range(epochs):
        for batch in torch.arange(len(X), device=X.device).split(BATCH):
            value = loss(network, X[batch], None if state is None else state[batch])
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
    print(f"{epochs} epochs, loss {value.item() / len(batch):.1f} a cell", flush=True)


def graph_edges(embedding):
    """Return pairs of neighbours, without those that are far for their cell.

    Far is a distance above the mean of the cell's neighbours by more than a standard deviation.
    """
    k = min(NEIGHBOURS, len(embedding) - 1)
    distance, neighbour = NearestNeighbors(n_neighbors=k).fit(embedding).kneighbors()
    limit = distance.mean(axis=1, keepdims=True) + distance.std(axis=1, keepdims=True)
    cell, place = np.nonzero(distance <= limit)
    pairs = np.column_stack([cell, neighbour[cell, place]])
    return np.unique(np.sort(pairs, axis=1), axis=0)


def cluster(embedding, seed):
    """Return k-means clusters, as many as the graph's communities tell."""
    random.seed(seed)  # igraph's
    graph = igraph.Graph(n=len(embedding), edges=graph_edges(embedding))
    n_communities = len(graph.community_multilevel())
    share = SMALL if len(embedding) < SMALL_CELLS else LARGE
    k = max(2, int(n_communities * share))
    print(f"{n_communities} communities, {k} clusters", flush=True)
    return KMeans(k, n_init=10, random_state=seed).fit_predict(embedding)


def scgnn(X, state, epochs, round_epochs, rounds, seed):
    """Return embedding, cells x 128, and clusters.

    Parameters
    ----------
    X : torch.Tensor
        Cells x genes, log scale.
    state : torch.Tensor
        Cells x genes, from `ltmg.states`.
    epochs, round_epochs, rounds : int
        Epochs of the first training and of each round; rounds at most.
    seed : int
    """
    torch.manual_seed(seed)
    network = Autoencoder(X.shape[1]).to(X.device)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    train(network, optimiser, X, state, epochs)
    labels = None
    for turn in range(rounds + 1):
        with torch.no_grad():
            latent = network.encode(X)
            reconstruction = network.decode(latent)
        embedding = latent.cpu().numpy()
        previous, labels = labels, cluster(embedding, seed)
        if turn == rounds or (turn and adjusted_rand_score(previous, labels) > SAME):
            return embedding, labels
        X = reconstruction
        train(network, optimiser, X, None, round_epochs)
