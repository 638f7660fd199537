"""Compare the approximate neighbours that serve above 100,000 cells with exact ones.

    python benchmarks/neighbours.py --cells 10000

Two embeddings: cells of 30 types on sheets of 8 dimensions in 128, of unit length, and cells spread
evenly over 8 dimensions. Writes one JSON object each: the share of the 14 nearest that are found,
and the seconds of both searches; the first approximate one compiles for half a minute and more.
"""

import argparse
import json
import time

import numpy as np

from clear.fuzzy_graph import _approximate, _exact

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


def compared(name: str, embedding: np.ndarray) -> dict:
    """Return recall and times on one embedding."""
    found, seconds = [], []
    for search in (_approximate, _exact):
        start = time.perf_counter()
        found.append(search(embedding, NEIGHBOURS)[0])
        seconds.append(round(time.perf_counter() - start, 2))
    shared = [len(np.intersect1d(*pair)) for pair in zip(*found, strict=True)]
    recall = float(np.mean(shared)) / (NEIGHBOURS - 1)
    about = {"embedding": name, "cells": len(embedding), "recall": round(recall, 4)}
    about |= {"all_found": bool((found[0] >= 0).all())}
    return about | dict(zip(("approximate_s", "exact_s"), seconds, strict=True))


def main() -> None:
    """Print a line for each embedding."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", type=int, default=10_000)
    cells = parser.parse_args().cells
    rng = np.random.default_rng(0)
    for name, embedding in (
        ("sheets", sheets(cells, rng)),
        ("even", rng.random((cells, SHEET), np.float32)),
    ):
        print(json.dumps(compared(name, embedding)), flush=True)


if __name__ == "__main__":
    main()
