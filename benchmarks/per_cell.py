"""The method as it is often written: NumPy for one cell at a time, a DataLoader, fp32.

The comparison for throughput.py. Positives from other cells are drawn by clear itself. Nothing
here is slow on purpose: profiles are float32, random numbers come from NumPy's newer generator,
and each augmentation step is vectorised over genes.
"""

import copy

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, normalize
from torch.utils.data import DataLoader, Dataset

from clear.model.neighbours import Neighbours
from clear.presets import Preset


class Pairs(Dataset):
    """An augmented copy of each cell and one of its positive, or with fixed keys its number."""

    def __init__(self, cells: np.ndarray, preset: Preset):
        self.cells, self.preset = cells, preset
        self.random = np.random.default_rng(0)
        self.positives = np.arange(len(cells))

    def __len__(self):
        return len(self.cells)

    def __getitem__(self, index: int):
        if self.preset.keys == "components":
            return self.distort(index), index
        return self.distort(index), self.distort(self.positives[index])

    def distort(self, index: int) -> torch.Tensor:
        """Augment one cell by the five steps."""
        random, preset = self.random, self.preset
        cell = self.cells[index].copy()
        genes = len(cell)
        if random.random() < preset.mask_probability:
            cell[random.random(genes) < preset.mask_fraction] = 0
        if random.random() < preset.noise_probability:
            hit = random.random(genes) < preset.noise_fraction
            cell[hit] += random.normal(0, preset.noise_sd, hit.sum())
        if random.random() < preset.swap_probability:
            pairs = round(preset.swap_fraction * genes / 2)
            first, second = random.choice(genes, (2, pairs), replace=False)
            cell[first], cell[second] = cell[second], cell[first]
        if random.random() < preset.crossover_probability:
            hit = random.random(genes) < preset.crossover_fraction
            cell[hit] = self.cells[self.other(index), hit]
        if random.random() < preset.crossover_many_probability:
            hit = random.random(genes) < preset.crossover_many_fraction
            hit = hit.nonzero()[0]
            cell[hit] = self.cells[self.other(index, len(hit)), hit]
        return torch.from_numpy(cell)

    def other(self, index: int, size: int | None = None):
        """Draw other cells."""
        return (index + self.random.integers(1, len(self.cells), size)) % len(self.cells)


class PerCell:
    """A training; each call of :meth:`epoch` continues it."""

    def __init__(self, cells: np.ndarray, preset: Preset, device: str, workers: int):
        self.preset, self.device = preset, device
        self.pairs = Pairs(cells, preset)
        self.loader = DataLoader(self.pairs, preset.batch_size, shuffle=True, num_workers=workers)
        self.fixed, self.neighbours = preset.keys == "components", None
        if preset.neighbors or self.fixed:
            self.neighbours = Neighbours(preset, torch.Generator(), torch.Generator())
            self.pool = torch.from_numpy(cells)  # one tensor: what stays is found once
        self.query = nn.Sequential(
            nn.Linear(cells.shape[1], preset.hidden_nodes),
            nn.ReLU(),
            nn.Linear(preset.hidden_nodes, preset.n_latent),
            nn.ReLU() if preset.last_relu else nn.Identity(),
        ).to(device)
        self.key = copy.deepcopy(self.query)
        self.optimizer = torch.optim.Adam(self.query.parameters(), lr=1e-3)
        queue = torch.randn(preset.queue, preset.n_latent, device=device)
        self.queue = normalize(queue)

    def epoch(self) -> None:
        """Train on all cells once."""
        if self.neighbours is not None:
            self.neighbours.use(self.pool)
            self.pairs.positives = self.neighbours.positives.numpy()
        for first, second in self.loader:
            if self.fixed:  # no second encoder
                second = self.neighbours.keys[self.neighbours.positives[second]]
            loss = self.loss(first.to(self.device), second.to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if self.fixed:
                continue
            with torch.no_grad():
                pairs = zip(self.key.parameters(), self.query.parameters(), strict=True)
                for key, query in pairs:
                    key.mul_(self.preset.momentum).add_(query, alpha=1 - self.preset.momentum)
                self.queue = torch.cat([self.keys, self.queue])[: self.preset.queue]

    def loss(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """Return the preset's loss."""
        both = self.preset.symmetrical_loss
        anchors = others = torch.cat([first, second]) if both else None
        if not both:
            anchors, others = first, second
        query = self.query(anchors)
        with torch.no_grad():
            self.keys = key = others if self.fixed else self.key(others)
        if self.preset.loss == "spectral":
            products = query @ key.T
            squares = products.square().sum() - products.diagonal().square().sum()
            return squares / (len(key) * (len(key) - 1)) - 2 * products.diagonal().mean()
        query = normalize(query)
        self.keys = key = normalize(key)
        rows = torch.arange(len(query), device=query.device)
        place = (rows + len(first)) % len(query)  # equals rows if the loss has one direction
        if self.preset.batch_negatives:
            logits = query @ torch.cat([key, self.queue]).T / self.preset.temperature
            if both:
                logits[rows, rows] = -torch.inf
            return cross_entropy(logits, place)
        positive = (query * key).sum(dim=1, keepdim=True)
        logits = torch.cat([positive, query @ self.queue.T], dim=1) / self.preset.temperature
        return cross_entropy(logits, torch.zeros_like(rows))
