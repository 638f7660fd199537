"""Simulated counts of cells along a lineage: a path of known order, or one that branches."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.simulate import DISPERSION, GENE_SD, LIBRARY_SD, LIBRARY_SIZE
from clear.errors import ClearError

STEP_SD = 0.6  # of the log fold changes of a changing gene from a stage to the next


def simulate_lineages(
    cells: int,
    genes: int,
    stages: int,
    branches: int,
    dropout: float = 0.0,
    seed: int = 0,
    de_fraction: float = 0.2,
) -> AnnData:
    """Simulate cells of a lineage that is one path up to its middle and then branches.

    The log level of a gene that changes takes a normal step (:data:`STEP_SD`) from each stage to
    the next and is straight between them: the path turns at every stage, and no gene has to rise
    all the way. After stage ``stages // 2`` each branch takes steps of its own. A cell lies
    uniformly in the interval of its stage; counts are negative binomial as those of
    :func:`clear.benchmark.data.simulate.simulate`. Stages are balanced, and so are branches.

    Parameters
    ----------
    cells, genes
        Numbers; at least one cell for every branch of every stage.
    stages
        Number of stages, two or more.
    branches
        Number of branches; 1: a path.
    dropout
        Probability that a count is replaced by zero.
    seed
        Seed of everything random.
    de_fraction
        Share of the genes that change.

    Returns
    -------
    AnnData
        ``X`` CSR float32 counts (cells x genes); ``obs`` ``cell_type`` (the stage, and the branch
        where there are several), ``stage``, ``time`` (0 to 1); ``uns["unit"]`` counts.

    Raises
    ------
    ClearError
        There are fewer than two stages, or fewer cells than branches of stages.
    """
    if stages < 2:
        raise ClearError(f"simulate: a lineage needs 2 stages or more, not {stages}: raise it.")
    if cells < stages * branches:
        raise ClearError(
            f"simulate: {cells} cells are too few for {stages} stages of {branches} branches: "
            "raise `cells`, or lower the others."
        )
    rng = np.random.default_rng(seed)
    level = rng.normal(0, GENE_SD, genes)
    changes = rng.random(genes) < de_fraction
    steps = rng.normal(0, STEP_SD, (branches, stages, genes)) * changes
    middle = stages // 2
    steps[:, :middle] = steps[0, :middle]  # before the middle there is one path
    knots = np.concatenate([np.zeros((branches, 1, genes)), steps.cumsum(axis=1)], axis=1)

    stage, branch = np.arange(cells) % stages, np.arange(cells) // stages % branches
    within = rng.random((cells, 1))
    change = (1 - within) * knots[branch, stage] + within * knots[branch, stage + 1]
    mean = np.exp(level + change)
    library = LIBRARY_SIZE * rng.lognormal(0, LIBRARY_SD, (cells, 1))
    mean *= library / mean.sum(axis=1, keepdims=True)
    counts = rng.poisson(mean * rng.gamma(1 / DISPERSION, DISPERSION, mean.shape))
    counts[rng.random(counts.shape) < dropout] = 0

    names = np.array([f"stage_{number}" for number in range(stages)])[stage]
    on_branch = [f"{name}, branch {b}" for name, b in zip(names, branch, strict=True)]
    branched = (stage >= middle) & (branches > 1)
    obs = pd.DataFrame(
        {
            "cell_type": np.where(branched, on_branch, names),
            "stage": names,
            "time": (stage + within[:, 0]) / stages,
        },
        index=[f"sim_{number}" for number in range(cells)],
    )
    width = len(str(genes - 1))
    var = pd.DataFrame(index=[f"gene_{number:0{width}d}" for number in range(genes)])
    adata = AnnData(sparse.csr_matrix(counts, dtype=np.float32), obs, var)
    adata.uns["unit"] = "counts"
    return adata
