"""Write a simulated atlas of any number of cells as .h5ad, in little memory.

    python benchmarks/simulate_atlas.py OUT.h5ad --cells 100000 --genes 27000

Counts of 20 cell types in CSR form. The expected counts of a gene are log-normal over genes,
and a tenth of the genes differ between the types. A cell is a Poisson draw around the counts of
one of 4,096 model cells, which are such draws themselves: more dispersed than Poisson, as
negative binomial counts are. By default about 5 % of the values are non-zero, as in an atlas of
1.46 million cells x 27,000 genes with 1.9 billion non-zero values. The same arguments give the
same values.
"""

import argparse
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

TYPES = 20
MODEL_CELLS = 4096
BLOCK_CELLS = 4096
PIECE = 2**18


def simulate(path: Path, cells: int, genes: int, density: float = 0.05, seed: int = 0) -> None:
    """Write ``cells`` x ``genes`` counts to ``path``.

    Parameters
    ----------
    path
        The file to write.
    cells, genes
        How many.
    density
        Approximate share of non-zero values.
    seed
        Seeds all random numbers.
    """
    random = np.random.default_rng(seed)
    models, types = _models(random, genes, density)
    var = pd.DataFrame(index=[f"gene{number}" for number in range(genes)])
    AnnData(var=var).write_h5ad(path)
    empty = sparse.csr_matrix((0, genes), dtype=np.float32)
    kinds = []
    with h5py.File(path, "r+") as file:
        # The usual pieces of 1,024 values would be hundreds of thousands of pieces.
        anndata.io.write_elem(file, "X", empty, dataset_kwargs={"chunks": (PIECE,)})
        matrix = anndata.io.sparse_dataset(file["X"])
        for start in range(0, cells, BLOCK_CELLS):
            chosen = random.integers(MODEL_CELLS, size=min(BLOCK_CELLS, cells - start))
            block = models[chosen]
            block.data = random.poisson(block.data).astype(np.float32)
            block.eliminate_zeros()
            matrix.append(block)
            kinds.append(types[chosen])
        kind = pd.Categorical.from_codes(
            np.concatenate(kinds), [f"type{number}" for number in range(TYPES)]
        )
        obs = pd.DataFrame({"type": kind}, index=[f"cell{number}" for number in range(cells)])
        anndata.io.write_elem(file, "obs", obs)


def _models(
    random: np.random.Generator, genes: int, density: float
) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Return the expected counts of the model cells, and their types."""
    rates = np.exp(random.normal(0, 2, genes)) * np.ones((TYPES, 1))
    marked = random.random(genes) < 0.1
    rates[:, marked] *= np.exp(random.normal(0, 1.5, (TYPES, marked.sum())))
    # The depth at which 1 - exp(-rate) has the wanted mean, the second draw's losses allowed for.
    low, high = 1e-9, 1e9
    for _ in range(60):
        depth = np.sqrt(low * high)
        share = (1 - np.exp(-depth * rates * (1 - np.exp(-1)))).mean()
        low, high = (low, depth) if share > density else (depth, high)
    types = random.integers(TYPES, size=MODEL_CELLS)
    parts = [
        sparse.csr_matrix(
            random.poisson(depth * rates[part] * random.gamma(4, 1 / 4, (len(part), 1))),
            dtype=np.float32,
        )
        for part in np.array_split(types, MODEL_CELLS // 64)
    ]
    return sparse.vstack(parts, format="csr"), types


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--cells", type=int, default=100_000)
    parser.add_argument("--genes", type=int, default=27_000)
    parser.add_argument("--density", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    simulate(options.output, options.cells, options.genes, options.density, options.seed)


if __name__ == "__main__":
    main()
