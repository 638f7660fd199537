"""ItClust: a network that learns the types of a labelled dataset, then clusters another.

Hu et al., Nature Machine Intelligence 2020, Methods. The source's cells train stacked denoising
autoencoders and then, by their types, a clustering layer: deep embedded clustering (DEC; Xie,
Girshick and Farhadi, ICML 2016, equations 1 to 3). The target starts from that network and from
the types that it predicts, and is trained without labels.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

DROPOUT = 0.2
BATCH = 256
CHUNK = 50  # epochs at one learning rate, which falls from FIRST_RATE by a factor of ten each time
FIRST_RATE, RATE, MOMENTUM = 0.1, 0.01, 0.9
LEAST_GAIN, PATIENCE = 1e-3, 4  # of the loss: without such a gain for so many epochs a fit stops
MOST_EPOCHS = MOST_ROUNDS = 2000
ROUND_EPOCHS = 5
SETTLED = 1e-3  # share of cells whose cluster changes in the last round


def widths(n_cells):
    """Return the widths of the encoder's layers for a number of cells of the source."""
    for more_than, layers in (
        (20_000, [128, 32]),
        (10_000, [64, 32]),
        (5_000, [32, 16]),
        (2_000, [128]),
        (500, [64]),
    ):
        if n_cells > more_than:
            return layers
    return [16]


def _dense(inputs, outputs, activation):
    layer = nn.Linear(inputs, outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return nn.Sequential(layer, activation)


class Network(nn.Module):
    """Encoder and decoder, rectified but for embedding and output (tanh), and cluster centres."""

    def __init__(self, n_genes, layers):
        super().__init__()
        ends = list(pairwise([n_genes, *layers]))
        self.encoder = nn.Sequential(*(_dense(*pair, nn.ReLU()) for pair in ends))
        self.decoder = nn.Sequential(*(_dense(b, a, nn.ReLU()) for a, b in reversed(ends)))
        self.encoder[-1][1] = self.decoder[-1][1] = nn.Tanh()
        self.centres = None

    def assign(self, x):
        """Return soft assignments, cells x clusters (equation 1 of DEC, one degree of freedom)."""
        q = 1 / (1 + torch.cdist(self.encoder(x), self.centres).square())
        return q / q.sum(dim=1, keepdim=True)

    def set_centres(self, x, labels):
        """Take the means of the embedding by labels 0, 1, ... as the centres."""
        with torch.no_grad():
            z = self.encoder(x)
        means = [z[labels == label].mean(dim=0) for label in range(int(labels.max()) + 1)]
        self.centres = nn.Parameter(torch.stack(means))


def descent(parameters, rate):
    """Return stochastic gradient descent with momentum."""
    return torch.optim.SGD(parameters, lr=rate, momentum=MOMENTUM)


def descend(optimiser, loss, n_cells, epochs, gain=None):
    """Minimise ``loss(batch)`` by stochastic gradients; with a gain, stop where it is not reached.

    Returns
    -------
    int
        How many epochs were made.
    """
    best, waited = np.inf, 0
    for epoch in range(epochs):
        total = 0.0
        for batch in torch.randperm(n_cells).split(BATCH):
            value = loss(batch)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
            total += value.item() * len(batch)
        if gain is not None:
            improved = total / n_cells < best - gain
            best, waited = (total / n_cells, 0) if improved else (best, waited + 1)
            if waited == PATIENCE:
                return epoch + 1
    return epochs


def pretrain(network, x, epochs):
    """Train layer by layer as denoising autoencoders, half the epochs each, then as a whole."""
    layers, features = len(network.encoder), x
    third = -(-epochs // 6)
    for number in range(layers):
        pair = nn.Sequential(
            nn.Dropout(DROPOUT),
            network.encoder[number],
            nn.Dropout(DROPOUT),
            network.decoder[layers - 1 - number],
        )
        for turn in range(3):
            rate = FIRST_RATE * 10.0**-turn
            _reconstruct(pair, features, third, rate)
        with torch.no_grad():
            features = network.encoder[number](features)
    whole = nn.Sequential(network.encoder, network.decoder)
    for turn in range(-(-epochs // CHUNK)):
        _reconstruct(whole, x, min(CHUNK, epochs), FIRST_RATE * 10.0**-turn)


def _reconstruct(module, x, epochs, rate):
    def loss(batch):
        return functional.mse_loss(module(x[batch]), x[batch])

    descend(descent(module.parameters(), rate), loss, len(x), epochs)


def learn_types(network, x, labels):
    """Train encoder and centres on labelled cells: Kullback-Leibler divergence to their types."""
    network.set_centres(x, labels)
    parameters = [*network.encoder.parameters(), network.centres]

    def loss(batch):
        return functional.nll_loss(network.assign(x[batch]).log(), labels[batch])

    return descend(descent(parameters, RATE), loss, len(x), MOST_EPOCHS, LEAST_GAIN)


def sharpened(q):
    """Return the target distribution (equation 3 of DEC) of soft assignments."""
    p = q.square() / q.sum(dim=0)
    return p / p.sum(dim=1, keepdim=True)


def adapt(network, x):
    """Train on cells without labels until they keep their clusters; return embedding and clusters.

    The clusters are the types that the network predicts for some cell.
    """
    with torch.no_grad():
        predicted = network.assign(x).argmax(dim=1)
    network.set_centres(x, torch.unique(predicted, return_inverse=True)[1])
    # One descent for all rounds, as in the package. A round has few steps on a small target: were
    # the momentum lost after each, hardly a cell would move, and the rounds would end too soon.
    optimiser = descent([*network.encoder.parameters(), network.centres], RATE)
    labels, made = None, 0
    while made < MOST_ROUNDS:
        with torch.no_grad():
            q = network.assign(x)
        before, labels = labels, q.argmax(dim=1)
        if before is not None and (labels != before).float().mean() < SETTLED:
            break
        p = sharpened(q)

        def loss(batch, p=p):
            q = network.assign(x[batch])
            return functional.kl_div(q.log(), p[batch], reduction="batchmean")

        descend(optimiser, loss, len(x), ROUND_EPOCHS, LEAST_GAIN)
        made += 1
    print(f"{len(network.centres)} clusters, {made} rounds on the target", flush=True)
    with torch.no_grad():
        return network.encoder(x).cpu().numpy(), labels.cpu().numpy()


def itclust(source, types, target, epochs, seed, device):
    """Return embedding and clusters of the target.

    Parameters
    ----------
    source, target : numpy.ndarray
        Cells x genes, the same genes, z-scores.
    types : numpy.ndarray of str
        Of each cell of the source.
    epochs : int
        Of the autoencoder as a whole.
    seed : int
    device : torch.device
    """
    torch.manual_seed(seed)
    source, target = (
        torch.as_tensor(x, dtype=torch.float32, device=device) for x in (source, target)
    )
    labels = torch.as_tensor(np.unique(types, return_inverse=True)[1], device=device)
    network = Network(source.shape[1], widths(len(source))).to(device)
    pretrain(network, source, epochs)
    made = learn_types(network, source, labels)
    with torch.no_grad():
        right = (network.assign(source).argmax(dim=1) == labels).float().mean()
    print(f"{made} epochs on the types of the source, {right:.1%} of its cells right", flush=True)
    return adapt(network, target)
