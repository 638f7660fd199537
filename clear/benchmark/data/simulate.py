"""Simulated single-cell counts with known types, batches and stages."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError

BLOCK = 256  # cells that share one random generator
LIBRARY_SIZE = 10_000.0  # median number of molecules of a cell
LIBRARY_SD = 0.3  # of the logarithm of the library size
GENE_SD = 1.5  # of the logarithm of a gene's mean
TYPE_SD = 1.0  # of the log fold changes of a type's marker genes
BATCH_SD = 0.3  # of the log fold changes that a batch gives to every gene
STAGE_SD = 1.5  # of the log fold changes between the start and the end of the trajectory
DISPERSION = 0.2  # variance of a count = mean + DISPERSION * mean^2


def simulate(
    cells: int,
    genes: int,
    types: int,
    batches: int = 1,
    stages: int = 0,
    dropout: float = 0.0,
    seed: int = 0,
    de_fraction: float = 0.1,
    batch_strength: float = 1.0,
    unshared_types: int = 0,
) -> AnnData:
    """Simulate a dataset.

    A count is negative binomial with variance ``mean + DISPERSION * mean^2``. Its mean is the
    cell's library size (log-normal) times the gene's share of it: a log-normal level, times the
    log-normal factors of the cell's type (marker genes only), batch (all genes) and time on the
    trajectory (trajectory genes only, log-linear in time). Types, batches and stages are
    balanced and crossed, but for the types that only one batch has.

    The same arguments give the same numbers, and the first cells of a larger dataset are those of
    a smaller one.

    Parameters
    ----------
    cells, genes, types, batches
        Numbers; at least one cell for every combination of type, batch and stage.
    stages
        Number of stages of a linear trajectory, 0 for none.
    dropout
        Probability that a count is replaced by zero.
    seed
        Seed of everything random.
    de_fraction
        Share of marker genes of each type, and of trajectory genes.
    batch_strength
        What the log fold changes of the batches are multiplied by: 0, batches in name only.
    unshared_types
        So many of the types, the last ones, are in one batch only: each in the next batch.

    Returns
    -------
    AnnData
        ``X`` CSR float32 counts (cells x genes); ``obs`` ``cell_type``, and ``batch``, ``stage``,
        ``time`` (0 to 1) where asked for; ``uns["unit"]`` counts.

    Raises
    ------
    ClearError
        There are fewer cells than combinations, or fewer types than unshared ones.
    """
    if unshared_types > types:
        raise ClearError(
            f"simulate: unshared_types {unshared_types} is more than the {types} types: lower it."
        )
    combinations = types * batches * max(stages, 1)
    if cells < combinations:
        raise ClearError(
            f"simulate: {cells} cells are too few for {combinations} combinations of types, "
            "batches and stages: raise `cells`, or lower the others."
        )
    model, noise = np.random.SeedSequence(seed).spawn(2)
    rng = np.random.default_rng(model)
    level = rng.normal(0, GENE_SD, genes)
    by_type = rng.normal(0, TYPE_SD, (types, genes)) * (rng.random((types, genes)) < de_fraction)
    by_batch = rng.normal(0, BATCH_SD, (batches, genes)) * (batches > 1) * batch_strength
    by_time = rng.normal(0, STAGE_SD, genes) * (rng.random(genes) < de_fraction) * (stages > 0)
    matrices, tables = [], []
    for first in range(0, cells, BLOCK):
        # The state depends on the number of the block alone, not on how many there are.
        key = (*noise.spawn_key, first // BLOCK)
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
        i = first + np.arange(BLOCK)
        kind, batch = i % types, i // types % batches
        alone = kind - (types - unshared_types)
        batch = np.where(alone >= 0, alone % batches, batch)
        stage = i // (types * batches) % max(stages, 1)
        time = (stage + rng.random(BLOCK)) / max(stages, 1)
        mean = np.exp(level + by_type[kind] + by_batch[batch] + by_time * time[:, None])
        library = LIBRARY_SIZE * rng.lognormal(0, LIBRARY_SD, (BLOCK, 1))
        mean *= library / mean.sum(axis=1, keepdims=True)
        counts = rng.poisson(mean * rng.gamma(1 / DISPERSION, DISPERSION, mean.shape))
        counts[rng.random(counts.shape) < dropout] = 0
        use = min(BLOCK, cells - first)
        obs = {"cell_type": [f"type_{k}" for k in kind]}
        if batches > 1:
            obs["batch"] = [f"batch_{b}" for b in batch]
        if stages:
            obs |= {"stage": [f"stage_{s}" for s in stage], "time": time}
        matrices.append(sparse.csr_matrix(counts[:use], dtype=np.float32))
        tables.append(pd.DataFrame(obs, index=[f"sim_{n}" for n in i])[:use])
    width = len(str(genes - 1))
    var = pd.DataFrame(index=[f"gene_{j:0{width}d}" for j in range(genes)])
    adata = AnnData(sparse.vstack(matrices, format="csr"), pd.concat(tables), var)
    adata.uns["unit"] = "counts"
    return adata
