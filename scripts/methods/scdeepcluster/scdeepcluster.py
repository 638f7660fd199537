"""scDeepCluster: a denoising autoencoder of counts that pulls cells to centres of clusters.

Tian et al., Nature Machine Intelligence 2019, Methods. The encoder embeds z-scores with Gaussian
noise; the decoder gives the parameters of a zero-inflated negative binomial (ZINB) distribution of
the counts. After a training on counts alone, k-means gives the first centres; then the clustering
loss of deep embedded clustering (DEC; Xie et al. 2016), taken of the cells without noise, joins.
"""

import math
from itertools import pairwise

import torch
from losses import cluster_loss, memberships, sharpened, zinb_loss
from sklearn.cluster import KMeans
from torch import nn

LOG_MEAN = (math.log(1e-5), math.log(1e6))
WIDTHS = (256, 64, 32)  # of the encoder; the last is the embedding
REPORT = 50  # epochs between two lines of the log


class Network(nn.Module):
    """Encoder, decoder and its three heads."""

    def __init__(self, n_genes):
        super().__init__()
        first, second, latent = WIDTHS
        self.encoder = _stack(n_genes, first, second, latent)
        self.decoder = nn.Sequential(_stack(latent, second, first), nn.ReLU())
        self.heads = nn.ModuleDict(
            {name: nn.Linear(first, n_genes) for name in ("mean", "size", "dropout")}
        )

    def counts(self, z):
        """Return mean (size factor 1), dispersion and logit of the dropout rate."""
        h = self.decoder(z)
        # Clamped before exp: the gradient of a mean that overflowed would be 0 times infinity.
        mean = torch.exp(self.heads["mean"](h).clamp(*LOG_MEAN))
        size = nn.functional.softplus(self.heads["size"](h)).clamp(1e-4, 1e4)
        return mean, size, self.heads["dropout"](h)


def _stack(*widths):
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Training:
    """Cells and network.

    Parameters
    ----------
    X, counts : numpy.ndarray
        Cells x genes: z-scores; counts.
    size_factors : numpy.ndarray
        One per cell, above 0.
    batch_size : int
    noise : float
        Standard deviation of the noise on the z-scores (sigma).
    seed : int
    device : torch.device
    """

    def __init__(self, X, counts, size_factors, batch_size, noise, seed, device):
        torch.manual_seed(seed)
        self.seed, self.batch_size, self.noise = seed, batch_size, noise
        self.X, self.C, self.s = (
            torch.as_tensor(array, dtype=torch.float32, device=device)
            for array in (X, counts, size_factors)
        )
        self.network = Network(X.shape[1]).to(device)

    def pretrain(self, epochs, rate):
        """Train on the counts alone, by AMSGrad at this learning rate."""
        optimiser = torch.optim.Adam(self.network.parameters(), lr=rate, amsgrad=True)
        for epoch in range(epochs):
            for batch in torch.randperm(len(self.X)).split(self.batch_size):
                loss = self._reconstruction(batch.to(self.X.device))
                _step(optimiser, loss)
            if (epoch + 1) % REPORT == 0:
                print(f"pretraining, epoch {epoch + 1}, loss {loss.item():.4f}", flush=True)

    def cluster(self, n_clusters, epochs, gamma, tolerance):
        """Train on counts and clusters until few labels change, by Adadelta.

        Parameters
        ----------
        n_clusters : int
        epochs : int
            At most so many.
        gamma : float
            Weight of the clustering loss.
        tolerance : float
            Training ends when an epoch changed a smaller share of the labels.

        Returns
        -------
        numpy.ndarray, numpy.ndarray
            Embedding, cells x 32, and the cluster of each cell.
        """
        model = KMeans(n_clusters, n_init=20, random_state=self.seed)
        labels = torch.as_tensor(model.fit_predict(self.embed().cpu().numpy()))
        centres = nn.Parameter(torch.as_tensor(model.cluster_centers_, device=self.X.device))
        optimiser = torch.optim.Adadelta([*self.network.parameters(), centres], lr=1.0, rho=0.95)
        cells = torch.arange(len(self.X), device=self.X.device).split(self.batch_size)
        for epoch in range(epochs + 1):
            with torch.no_grad():
                q = memberships(self.embed(), centres)
            before, labels = labels, q.argmax(dim=1).cpu()
            changed = (before != labels).float().mean().item()
            ends = epoch == epochs or (epoch > 0 and changed < tolerance)
            if ends or epoch % REPORT == 0:
                print(f"epoch {epoch}, {changed:.2%} of labels changed", flush=True)
            if ends:
                return self.embed().cpu().numpy(), labels.numpy()
            p = sharpened(q)
            for batch in cells:
                q = memberships(self.network.encoder(self.X[batch]), centres)
                loss = self._reconstruction(batch) + gamma * cluster_loss(p[batch], q)
                _step(optimiser, loss)

    @torch.no_grad()
    def embed(self):
        """Return the embedding of the cells without noise."""
        return torch.cat([self.network.encoder(x) for x in self.X.split(4096)])

    def _reconstruction(self, batch):
        x = self.X[batch]
        z = self.network.encoder(x + self.noise * torch.randn_like(x))
        return zinb_loss(self.C[batch], self.s[batch, None], *self.network.counts(z))


def _step(optimiser, loss):
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
