"""scRAE: a deterministic autoencoder whose prior is learned.

Mondal, Asnani, Singla and Prathosh, IEEE/ACM Transactions on Computational Biology and
Bioinformatics 2022 (arXiv:2107.07709): an autoencoder of expression; a generator that makes
embeddings from noise, the prior; and a critic (WGAN-GP; Gulrajani et al. 2017, equation 3) between
them, by which embeddings and prior approach each other. Settings are those that the authors' code
names for Zeisel's cells, with 10 dimensions.
"""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional

LATENT = 10
AUTOENCODER, GENERATOR, CRITIC = (512, 512), (32, 32), (64, 64)  # widths of the hidden layers
LEAK = 0.2  # of the rectifiers
PENALTY = 10.0  # weight of the critic's gradient penalty
LIBRARY = 0.1  # weight of the library size's Kullback-Leibler divergence
CRITIC_TURNS = 5  # each fifth iteration trains encoder and generator, the others the critic
ENCODER_SHARE = 1e-3  # learning rate of the encoder against the critic, over the autoencoder's
EPS = 1e-8


def perceptron(*widths):
    """Return linear layers with leaky rectifiers between them."""
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(LEAK)]
    layers.pop()
    for layer in layers[::2]:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """Embedding of a cell, and a normal law of the logarithm of its library size."""

    def __init__(self, n_genes):
        super().__init__()
        self.hidden = nn.Sequential(perceptron(n_genes, *AUTOENCODER), nn.LeakyReLU(LEAK))
        self.latent = perceptron(AUTOENCODER[-1], LATENT)
        self.library = nn.Sequential(
            perceptron(AUTOENCODER[-1], LATENT), nn.ReLU(), perceptron(LATENT, 2)
        )

    def forward(self, x):
        """Return embedding and law for cells x genes."""
        h = self.hidden(x)
        mean, log_variance = self.library(h).split(1, dim=1)
        return self.latent(h), Normal(mean, torch.exp(log_variance / 2))


class Decoder(nn.Module):
    """Zero-inflated negative binomial law of the expression, as in scVI (Lopez et al. 2018)."""

    def __init__(self, n_genes):
        super().__init__()
        widths = AUTOENCODER[::-1]
        self.hidden = nn.Sequential(perceptron(LATENT, *widths), nn.LeakyReLU(LEAK))
        self.share = perceptron(widths[-1], n_genes)
        self.dropout = perceptron(widths[-1], n_genes)
        self.log_size = nn.Parameter(torch.randn(n_genes))

    def forward(self, z, library):
        """Return mean, dispersion and logit of the dropout rate."""
        h = self.hidden(z)
        mean = torch.exp(library) * functional.softmax(self.share(h), dim=1)
        return mean, torch.exp(self.log_size), self.dropout(h)


def log_likelihood(x, mean, size, logit):
    """Return the logarithm of the zero-inflated negative binomial, cells x genes.

    The formula is taken for values that are not whole numbers too.
    """
    log_zero = -size * torch.log1p(mean / size)  # of the negative binomial at 0
    negative_binomial = (
        torch.lgamma(x + size)
        - torch.lgamma(size)
        - torch.lgamma(x + 1)
        + log_zero
        + x * (torch.log(mean + EPS) - torch.log(size + mean))
    )
    kept = functional.logsigmoid(-logit)
    zero = torch.logaddexp(functional.logsigmoid(logit), kept + log_zero)
    return torch.where(x < EPS, zero, kept + negative_binomial)


def gradient_penalty(critic, real, fake):
    """Return the mean square of how much the critic's slope between two sets differs from 1."""
    share = torch.rand(len(real), 1, device=real.device)
    between = (fake + share * (real - fake)).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


class Training:
    """Networks, their optimisers and the prior of the library size.

    Parameters
    ----------
    X : torch.Tensor
        Cells x genes, log scale, largest value 1.
    rate, critic_rate : float
        Learning rates of Adam: autoencoder; critic and generator.
    """

    def __init__(self, X, rate, critic_rate):
        n_genes, device = X.shape[1], X.device
        self.encoder, self.decoder = Encoder(n_genes).to(device), Decoder(n_genes).to(device)
        self.generator = perceptron(LATENT, *GENERATOR, LATENT).to(device)
        self.critic = perceptron(LATENT, *CRITIC, 1).to(device)
        log_library = torch.log(X.sum(dim=1) + EPS)
        spread = math.sqrt(max(log_library.var(correction=0).item(), 1e-4))
        self.library = Normal(log_library.mean(), spread)
        both = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.autoencoding = torch.optim.Adam(both, lr=rate)
        self.encoding, self.criticising, self.generating = (
            torch.optim.Adam(network.parameters(), lr=own, betas=(0.0, 0.9))
            for network, own in (
                (self.encoder, rate * ENCODER_SHARE),
                (self.critic, critic_rate),
                (self.generator, critic_rate),
            )
        )

    def step(self, x, iteration):
        """Train the autoencoder on cells, then its prior or the critic; return the first loss."""
        z, library = self.encoder(x)
        likelihood = log_likelihood(x, *self.decoder(z, library.rsample())).sum(dim=1)
        loss = (LIBRARY * kl_divergence(library, self.library)).mean() - likelihood.mean()
        _descend(self.autoencoding, loss)
        noise = torch.randn(len(x), LATENT, device=x.device)
        if iteration % CRITIC_TURNS == 0:
            _descend(self.encoding, self.critic(self.encoder(x)[0]).mean())
            _descend(self.generating, -self.critic(self.generator(noise)).mean())
        else:
            with torch.no_grad():
                real, fake = self.encoder(x)[0], self.generator(noise)
            distance = self.critic(fake).mean() - self.critic(real).mean()
            penalty = gradient_penalty(self.critic, real, fake)
            _descend(self.criticising, distance + PENALTY * penalty)
        return loss.item()


def _descend(optimiser, loss):
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def embed(X, epochs, batch_size, rate, critic_rate, seed, device):
    """Train on all cells and return their embedding, cells x 10, after the last epoch.

    ``X`` is cells x genes, log scale, largest value 1; for the others see :class:`Training`.
    """
    torch.manual_seed(seed)
    X = torch.as_tensor(X, dtype=torch.float32, device=device)
    training = Training(X, rate, critic_rate)
    iteration = 0
    for epoch in range(epochs):
        total = 0.0
        for batch in torch.randperm(len(X)).to(device).split(batch_size):
            total += training.step(X[batch], iteration) * len(batch)
            iteration += 1
        if (epoch + 1) % 10 == 0 or epoch + 1 == epochs:
            print(f"epoch {epoch + 1} of {epochs}, loss {total / len(X):.3f}", flush=True)
    with torch.no_grad():
        return training.encoder(X)[0].cpu().numpy()
