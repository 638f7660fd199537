"""Compare the approximate neighbours that serve above 100,000 cells with exact ones.

    python benchmarks/neighbours.py --cells 120000 --sample 2000

Two embeddings: cells of 30 types on sheets of 8 dimensions in 128, of unit length, and cells spread
evenly over 8 dimensions. Writes one JSON object each: the share of the 14 nearest that are found,
of a sample of cells, and the seconds of both searches, the exact one for the sample only; the first
approximate one compiles for half a minute and more.
"""

import argparse
import json
import time

import numpy as np
from sklearn.neighbors import NearestNeighbors

from clear.fuzzy_graph import _approximate

TYPES, DIMENSIONS, SHEET, NEIGHBOURS = 30, 128, 8, 15


def sheets(cells: int, rng: np.random.Generator) -> np.ndarray:
    """Return cells x 128, of unit length."""
    kind = rng.integers(0, TYPES, cells)
    centres = rng.normal(size=(TYPES, DIMENSIONS))
    axes = rng.normal(size=(TYPES, SHEET, DIMENSIONS)) / 3
    places = rng.normal(size=(cells, SHEET))
    x = rng.normal(0, 0.1, (cells, DIMENSIONS))
    for one in range(TYPES):
        x[kind == one] += centres[one] + places[kind == one] @ axes[one]
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def compared(name: str, embedding: np.ndarray, sample: np.ndarray) -> dict:
    """Return recall and times on one embedding."""
    start = time.perf_counter()
    found = _approximate(embedding, NEIGHBOURS)[0]
    middle = time.perf_counter()
    search = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(embedding)
    nearest = search.kneighbors(embedding[sample], return_distance=False)
    end = time.perf_counter()
    # A cell is nearest to itself, and the others are distinct in these embeddings.
    shared = [len(np.intersect1d(*pair)) for pair in zip(found[sample], nearest, strict=True)]
    return {
        "embedding": name,
        "cells": len(embedding),
        "sample": len(sample),
        "recall": round(float(np.mean(shared)) / (NEIGHBOURS - 1), 4),
        "all_found": bool((found >= 0).all()),
        "approximate_s": round(middle - start, 2),
        "exact_s": round(end - middle, 2),
    }


def main() -> None:
    """Print a line for each embedding."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=2000)
    given = parser.parse_args()
    cells, rng = given.cells, np.random.default_rng(0)
    sample = rng.choice(cells, min(given.sample, cells), replace=False)
    for name, embedding in (
        ("sheets", sheets(cells, rng)),
        ("even", rng.random((cells, SHEET), np.float32)),
    ):
        print(json.dumps(compared(name, embedding, sample)), flush=True)


if __name__ == "__main__":
    main()
