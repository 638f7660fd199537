"""scNAME: clustering by mask estimation and neighbourhood contrast.

Wan, Chen and Deng, Bioinformatics 2022, Methods: an autoencoder of counts learns which values of a
corrupted cell were exchanged (mask estimation), brings it near the neighbours of the clean one
(neighbourhood contrast) and pulls cells to centres (soft k-means). One encoder sees clean and
corrupted cells.
"""

import math
from itertools import pairwise

import torch
from losses import mask_loss, neighbourhood_loss, soft_kmeans, zinb_loss
from sklearn.cluster import KMeans
from torch import nn

LOG_MEAN = (math.log(1e-5), math.log(1e6))
WIDTHS = (256, 64, 32)  # of the encoder; the last is the embedding
MASKED = 0.3  # share of the values that are exchanged
ALPHA, BETA, GAMMA = 1.0, 0.1, 0.1  # weights of mask, neighbourhood and k-means
CHECK = 50  # epochs between two looks at the labels
CHANGED = 0.001  # share of labels below which training ends


class Network(nn.Module):
    """Autoencoder with four heads; weights are drawn as by Glorot and Bengio 2010."""

    def __init__(self, n_genes):
        super().__init__()
        first, second, latent = WIDTHS
        self.encoder = _stack(n_genes, first, second, latent)
        self.decoder = nn.Sequential(_stack(latent, second, first), nn.ReLU())
        self.heads = nn.ModuleDict(
            {name: nn.Linear(first, n_genes) for name in ("mask", "dropout", "size", "mean")}
        )
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def counts(self, z):
        """Return mean (size factor 1), dispersion and logit of the dropout rate."""
        h = self.decoder(z)
        # Clamped before exp: the gradient of a mean that overflowed would be 0 times infinity.
        mean = torch.exp(self.heads["mean"](h).clamp(*LOG_MEAN))
        size = nn.functional.softplus(self.heads["size"](h)).clamp(1e-4, 1e4)
        return mean, size, self.heads["dropout"](h)

    def mask(self, z):
        """Return the logit of each value being an exchanged one."""
        return self.heads["mask"](self.decoder(z))


def _stack(*widths):
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def corrupt(x):
    """Exchange some values for another cell's of the same gene; return cells and what changed."""
    others = torch.rand_like(x).argsort(dim=0)
    corrupted = torch.where(torch.rand_like(x) < MASKED, x.gather(0, others), x)
    return corrupted, (corrupted != x).float()


class Training:
    """Cells, network and optimiser.

    Parameters
    ----------
    X, counts : numpy.ndarray
        Cells x genes: z-scores; counts.
    size_factors : numpy.ndarray
        One per cell.
    batch_size : int
    rate : float
        Learning rate of Adam.
    seed : int
    device : torch.device
    """

    def __init__(self, X, counts, size_factors, batch_size, rate, seed, device):
        torch.manual_seed(seed)
        self.seed, self.rate, self.batch_size = seed, rate, batch_size
        self.X, self.C, self.s = (
            torch.as_tensor(array, dtype=torch.float32, device=device)
            for array in (X, counts, size_factors)
        )
        self.network = Network(X.shape[1]).to(device)
        self.bank = torch.zeros(len(X), WIDTHS[-1], device=device)
        self.centres = None
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=rate)
        n_batches = -(-len(X) // batch_size)
        order = torch.randperm(len(X)).repeat(batch_size // len(X) + 2)
        self.batches = order[: n_batches * min(batch_size, len(X))].to(device)

    def pretrain(self, epochs):
        """Learn counts and masks, then fill the memory bank."""
        for epoch in range(epochs):
            loss = self._epoch()
            if (epoch + 1) % CHECK == 0:
                print(f"pretraining, epoch {epoch + 1}, loss {loss:.4f}", flush=True)
        self.bank = self.embed()

    def cluster(self, n_clusters, epochs):
        """Learn with all four losses and return the embedding and the cluster of each cell."""
        model = KMeans(n_clusters, n_init=20, random_state=self.seed)
        labels = torch.as_tensor(model.fit_predict(self.bank.cpu().numpy()))
        centres = torch.as_tensor(model.cluster_centers_, device=self.bank.device)
        self.centres = nn.Parameter(centres)
        self.optimiser.add_param_group({"params": [self.centres], "lr": self.rate})
        for epoch in range(epochs):
            loss = self._epoch()
            if (epoch + 1) % CHECK == 0:
                before, labels = labels, self._nearest()
                changed = (before != labels).float().mean().item()
                print(f"epoch {epoch + 1}, loss {loss:.4f}, {changed:.1%} of labels changed")
                if changed < CHANGED:
                    break
        return self.embed().cpu().numpy(), self._nearest().numpy()

    @torch.no_grad()
    def embed(self):
        """Return the embedding of the clean cells."""
        return torch.cat([self.network.encoder(x) for x in self.X.split(4096)])

    def _nearest(self):
        return torch.cdist(self.embed(), self.centres.detach()).argmin(dim=1).cpu()

    def _epoch(self):
        total = 0.0
        batches = self.batches.split(min(self.batch_size, len(self.X)))
        for batch in batches:
            x = self.X[batch]
            corrupted, changed = corrupt(x)
            z, z_corrupted = self.network.encoder(torch.cat([x, corrupted])).split(len(x))
            loss = zinb_loss(self.C[batch], self.s[batch, None], *self.network.counts(z))
            loss = loss + ALPHA * mask_loss(self.network.mask(z_corrupted), changed)
            if self.centres is not None:
                loss = loss + BETA * neighbourhood_loss(z.detach(), z_corrupted, self.bank)
                loss = loss + GAMMA * soft_kmeans(z, self.centres)
                self.bank[batch] = z.detach()
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            total += loss.item()
        return total / len(batches)
