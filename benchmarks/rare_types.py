"""Ask whether a cell type stays apart when it is made rare.

    python benchmarks/rare_types.py results/development --out docs/rare_types.tsv

For each dataset of a run whose inputs are prepared, each of its three largest types in turn is
thinned to 1 % of the cells (ten at least), the other cells stay. On its highly variable genes are
scored

- ``nearest``: how many of a rare cell's nearest cells in the embedding are of its type, as many
  as it has, mean over the rare cells,
- ``leiden``: the F1 score of the rare type against the cluster of Leiden at resolution 1 that fits
  it best, mean over three seeds of Leiden,

for ``recommended`` with several numbers of neighbours and for principal components (of plain genes
and of z-scores clipped at 10). One row per dataset, type, representation, measure and seed; a seed
is another choice of the rare cells and another start. Data of fewer than ``--least`` or more than
``--most`` cells are left out.
"""

import argparse
import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from anndata import AnnData
from prepared import inputs_of, read_input, write_rows
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from clear import CLEAR
from clear.clusters import N_NEIGHBORS, leiden, neighbour_graph
from clear.presets import RECOMMENDED

SHARE, LEAST_RARE, TYPES, LEIDEN_SEEDS = 0.01, 10, 3, 3
COLUMNS = "dataset", "type", "cells", "rare", "representation", "measure", "seed", "score"


def thinned(types: np.ndarray, rare: str, random: np.random.Generator) -> np.ndarray:
    """Return which cells are left when a type is made rare (sorted positions)."""
    others, of_type = np.flatnonzero(types != rare), np.flatnonzero(types == rare)
    number = max(round(SHARE / (1 - SHARE) * len(others)), LEAST_RARE)
    return np.sort(np.append(others, random.choice(of_type, number, replace=False)))


def nearest_of_type(embedding: np.ndarray, rare: np.ndarray) -> float:
    """Return the mean share of rare cells among as many nearest cells as a rare cell has.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    rare
        Which cells are of the rare type.
    """
    search = NearestNeighbors(n_neighbors=int(rare.sum()), algorithm="brute").fit(embedding)
    found = search.kneighbors(embedding[rare], return_distance=False)
    own = np.flatnonzero(rare)[:, None]
    others = found != own
    return float(np.mean([rare[row[keep]].mean() for row, keep in zip(found, others, strict=True)]))


def best_f1(clusters: np.ndarray, rare: np.ndarray) -> float:
    """Return the highest F1 score of the rare type against one cluster."""
    sizes = np.bincount(clusters)
    hits = np.bincount(clusters[rare], minlength=len(sizes))
    return float((2 * hits / (sizes + rare.sum())).max())


def embeddings(X: np.ndarray, numbers: list[int], seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Yield representations of cells (cells x genes) by name."""
    for number in numbers:
        preset = dataclasses.replace(RECOMMENDED, neighbors=number)
        model = CLEAR(preset, seed=seed, device="cpu", verbose=False)
        yield f"clear, {number} neighbours", np.asarray(model.fit(AnnData(X)).transform(AnnData(X)))
    deviation = X.std(axis=0)
    scale = np.divide(1, deviation, where=deviation > 0, out=np.zeros_like(deviation))
    scaled = ((X - X.mean(axis=0)) * scale).clip(-10, 10)
    for name, values in (("PCA, 50", X), ("scaled PCA, 50", scaled)):
        pca = PCA(50, svd_solver="arpack", random_state=0)
        yield name, pca.fit_transform(values.astype(float))


def scored(
    X: np.ndarray, types: np.ndarray, numbers: list[int], seed: int
) -> Iterator[tuple[str, int, int, str, str, float]]:
    """Yield type, cells, rare cells, representation, measure and score."""
    for rare_type in pd.Series(types).value_counts().index[:TYPES]:
        left = thinned(types, rare_type, np.random.default_rng(seed))
        rare = types[left] == rare_type
        names = rare_type, len(left), int(rare.sum())
        for name, embedding in embeddings(X[left], numbers, seed):
            yield *names, name, "nearest", nearest_of_type(embedding, rare)
            graph = neighbour_graph(embedding, N_NEIGHBORS)
            found = [best_f1(leiden(graph, 1.0, each), rare) for each in range(LEIDEN_SEEDS)]
            yield *names, name, "leiden", float(np.mean(found))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run, such as results/development")
    parser.add_argument("--out", type=Path, required=True, help="table to write")
    parser.add_argument("--neighbors", type=int, nargs="+", default=[15, 30])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--least", type=int, default=1000, help="fewest cells of a dataset")
    parser.add_argument("--most", type=int, default=3000, help="most cells of a dataset")
    options = parser.parse_args()
    try:
        inputs = inputs_of(options.run, options.least, options.most)
    except FileNotFoundError as error:
        parser.error(str(error))
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    rows = (
        (name, *names, seed, f"{score:.4f}")
        for name, X, variable, types in map(read_input, inputs)
        for seed in options.seeds
        for *names, score in scored(X[:, variable].toarray(), types, options.neighbors, seed)
    )
    write_rows(options.out, COLUMNS, rows)


if __name__ == "__main__":
    main()
