"""Score embeddings of cells that the training did not see, and of cells that lost values since.

    python benchmarks/unseen_cells.py results/development --out docs/unseen_cells.tsv

For each dataset of a run whose inputs are prepared, on its highly variable genes: the adjusted
Rand index of k-means, told the number of types, on

- ``same``: the cells of the training,
- ``dropped``: those cells after 60 or 80 % of their values were set to zero, chosen evenly, once
  as they are then and once scaled back to their totals before the logarithm, as a preparation
  would (``totals restored``),
- ``new``: the half of the cells that was left out of another training, and ``new, dropped``,

for presets of CLEAR, for principal components (of plain genes and of z-scores clipped at 10) and
for the means of scores over the nearest cells of the training (``neighbours``), which need no
network. One row per dataset, representation, measure and seed; a seed is another half, other
dropped values and another start. Data of more than ``--cells`` cells are left out.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from anndata import AnnData
from prepared import inputs_of, read_input, write_rows
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from clear import CLEAR
from clear.model.markov import transition_matrix
from clear.model.walks import reversed_graph

Embed = Callable[[np.ndarray], np.ndarray]
CLIP, NEIGHBORS, STEPS, SEARCHED, KEPT = 10, 15, 4, 20, 50
COLUMNS = "dataset", "cells", "representation", "measure", "seed", "ari"


def components(X: np.ndarray, number: int, scaled: bool) -> Embed:
    """Find principal components of cells (cells x genes)."""
    mean = X.mean(axis=0)
    deviation = X.std(axis=0) if scaled else np.ones(X.shape[1])
    scale = np.divide(1, deviation, where=deviation > 0, out=np.zeros_like(deviation))

    def standardised(Y: np.ndarray) -> np.ndarray:
        Z = (Y - mean) * scale
        return Z.clip(-CLIP, CLIP) if scaled else Z

    pca = PCA(min(number, min(X.shape) - 1), svd_solver="arpack", random_state=0)
    pca.fit(standardised(X).astype(float))
    return lambda Y: pca.transform(standardised(Y).astype(float))


def neighbours(X: np.ndarray) -> Embed:
    """Average scores as ``recommended`` aims to, for new cells over the nearest of the training."""
    scores = components(X, KEPT, scaled=True)
    S = scores(X)
    unit = normalize(S[:, :SEARCHED])
    number = min(NEIGHBORS, max((len(X) - 1) // 10, 3))
    search = NearestNeighbors(n_neighbors=number, algorithm="brute").fit(unit)
    graph = reversed_graph(torch.from_numpy(search.kneighbors(return_distance=False)))
    step, means = transition_matrix(graph), S
    for _ in range(STEPS):
        means = step @ means

    def embed(Y: np.ndarray) -> np.ndarray:
        own = scores(Y)
        nearest = search.kneighbors(normalize(own[:, :SEARCHED]), return_distance=False)
        return (own + means[nearest].mean(axis=1)) / 2

    return embed


def clear(X: np.ndarray, preset: str, seed: int) -> Embed:
    """Train CLEAR."""
    model = CLEAR(preset, seed=seed, device="cpu", verbose=False).fit(AnnData(X))
    return lambda Y: model.transform(AnnData(Y))


def representations(presets: list[str], seed: int) -> dict[str, Callable[[np.ndarray], Embed]]:
    """Return what learns from cells (cells x genes), by name."""
    found: dict[str, Callable[[np.ndarray], Embed]] = {
        f"clear ({preset})": lambda X, preset=preset: clear(X, preset, seed) for preset in presets
    }
    for number, scaled in ((50, False), (50, True), (20, True)):
        name = f"{'scaled ' if scaled else ''}PCA, {number}"
        found[name] = lambda X, number=number, scaled=scaled: components(X, number, scaled)
    return found | {"neighbours": neighbours}


def dropped(X: csr_matrix, chance: np.ndarray, share: float, restored: bool) -> csr_matrix:
    """Return logarithms (cells x genes) after values were set to zero.

    Parameters
    ----------
    X
        log1p of normalised counts.
    chance
        A number in [0, 1) for each stored value: it is lost where that is below ``share``.
    restored
        Whether counts are scaled to what the cell had in total.
    """
    left = X.copy()
    left.data[chance < share] = 0
    if restored:
        np.expm1(left.data, out=left.data)
        had, has = np.asarray(X.expm1().sum(axis=1)), np.asarray(left.sum(axis=1))
        left = left.multiply(np.divide(had, has, where=has > 0, out=np.ones_like(had))).tocsr()
        np.log1p(left.data, out=left.data)
    return left


def scored(
    X: csr_matrix, variable: np.ndarray, types: np.ndarray, presets: list[str], seed: int
) -> Iterator[tuple]:
    """Yield representation, measure and score of one dataset and seed."""
    random = np.random.default_rng(seed)
    order = random.permutation(X.shape[0])
    half, rest = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    chance = random.random(X.nnz)
    states = {"": X}
    for share in (0.6, 0.8):
        states[f", {share:.0%} dropped"] = dropped(X, chance, share, restored=False)
        states[f", {share:.0%} dropped, totals restored"] = dropped(X, chance, share, restored=True)
    states = {what: values[:, variable].toarray() for what, values in states.items()}

    def ari(embedding: np.ndarray, of: np.ndarray) -> float:
        clusters = KMeans(len(np.unique(of)), n_init=10, random_state=0).fit_predict(embedding)
        return adjusted_rand_score(of, clusters)

    for name, learn in representations(presets, seed).items():
        embed = learn(states[""])
        for what, values in states.items():
            yield name, f"same{what}", ari(embed(values), types)
        embed = learn(states[""][half])
        for what, values in states.items():
            yield name, f"new{what}", ari(embed(values[rest]), types[rest])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run, such as results/development")
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    parser.add_argument("--presets", nargs="+", default=["recommended"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--cells", type=int, default=3000, help="most cells of a dataset")
    options = parser.parse_args()
    try:
        inputs = inputs_of(options.run, 1, options.cells)
    except FileNotFoundError as error:
        parser.error(str(error))
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    rows = (
        (name, X.shape[0], *names, seed, f"{score:.4f}")
        for name, X, variable, types in map(read_input, inputs)
        for seed in options.seeds
        for *names, score in scored(X, variable, types, options.presets, seed)
    )
    write_rows(options.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
