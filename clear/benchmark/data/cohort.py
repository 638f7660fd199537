"""Simulated blood of healthy donors and patients: known shares of types, known changes of genes."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.cohort_genes import (
    EXPRESSED_BY,
    MARKERS,
    MITOCHONDRIAL,
    MONOCYTES,
    SETS,
    SHARED,
    STATUSES,
    known_genes,
    true_changes,
    true_shares,
)
from clear.benchmark.data.simulate import DISPERSION, LIBRARY_SD
from clear.errors import ClearError

LIBRARY_SIZE = 2_500.0  # median number of molecules of a cell
GENE_SD = 1.0  # of the logarithm of the mean of a gene of which nothing is known
MARKER_LEVEL, ELSEWHERE = 2.0, -2.0  # log means where a type expresses a marker, and where not
SET_LEVEL = 0.0  # of the genes of a set, where no type expresses them more
TYPE_SD, TYPE_SHARE = 0.7, 0.1  # log fold changes of other genes, and their share, in each type
CYTOKINE_LEVEL = -2.5
MITOCHONDRIAL_LEVEL = 1.5
BROKEN, LEAK = 0.03, 20.0  # share of broken cells, and the factor on their mitochondrial genes


def simulate_cohort(
    cells: int,
    genes: int,
    donors: int,
    dropout: float = 0.0,
    seed: int = 0,
    donor_sd: float = 0.25,
    concentration: float = 150.0,
    status_strength: float = 1.0,
) -> AnnData:
    """Simulate blood cells of donors of three statuses.

    The shares of the types in a donor are drawn from a Dirichlet distribution with the mean of
    the status (:func:`~.cohort_genes.true_shares`). A count is negative binomial; its mean is the
    cell's library size times the gene's share of it: a log-normal level times the factors of the
    type, of the donor (log-normal, every gene, the same in all types) and, in monocytes, of the
    status (:func:`~.cohort_genes.true_changes`). Some cells are broken: their mitochondrial share
    is high.

    Parameters
    ----------
    cells, genes
        Numbers. The cells of all donors are equally many, but for one.
    donors
        Number of donors, shared out over the statuses in turn.
    dropout
        Probability that a count is replaced by zero.
    seed
        Seed of everything random.
    donor_sd
        Standard deviation of the donors' log factors on every gene.
    concentration
        Sum of the parameters of the Dirichlet distribution; the higher, the more alike donors of
        one status are.
    status_strength
        What the differences between statuses are multiplied by; 0: there are none.

    Returns
    -------
    AnnData
        ``X`` CSR float32 counts (cells x genes), genes by symbol; ``obs`` ``cell_type``,
        ``donor``, ``status``; ``uns["unit"]`` counts.

    Raises
    ------
    ClearError
        There are fewer donors than statuses, fewer cells than donors, or fewer genes than those
        of which something is known.
    """
    names = known_genes()
    for what, number, least in (
        ("donors", donors, len(STATUSES)),
        ("cells", cells, donors),
        ("genes", genes, len(names)),
    ):
        if number < least:
            raise ClearError(f"simulate: a cohort needs {least} {what} or more, not {number}.")
    width = len(str(genes))
    names += [f"gene_{number:0{width}d}" for number in range(genes - len(names))]
    rng = np.random.default_rng([seed, 1])
    types = list(MARKERS)
    level = _levels(names, types, rng)
    change = _changes(names, types, status_strength)
    of_donor = rng.normal(0, donor_sd, (donors, genes))

    donor, status, kind = draw_types(cells, donors, concentration, status_strength, seed)
    mean = np.exp(level[kind] + change[status, kind] + of_donor[donor])
    mitochondrial = np.isin(names, MITOCHONDRIAL)
    mean[np.ix_(rng.random(cells) < BROKEN, mitochondrial)] *= LEAK
    library = LIBRARY_SIZE * rng.lognormal(0, LIBRARY_SD, (cells, 1))
    mean *= library / mean.sum(axis=1, keepdims=True)
    counts = rng.poisson(mean * rng.gamma(1 / DISPERSION, DISPERSION, mean.shape))
    counts[rng.random(counts.shape) < dropout] = 0

    digits = len(str(donors))
    donor_names = np.array([f"donor_{number + 1:0{digits}d}" for number in range(donors)])
    obs = pd.DataFrame(
        {
            "cell_type": np.array(types)[kind],
            "donor": donor_names[donor],
            "status": np.array(STATUSES)[status],
        },
        index=[f"sim_{number}" for number in range(cells)],
    )
    matrix = sparse.csr_matrix(counts, dtype=np.float32)
    return AnnData(matrix, obs, pd.DataFrame(index=names), uns={"unit": "counts"})


def draw_types(
    cells: int, donors: int, concentration: float, status_strength: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return donor, status and type of each cell of a cohort as numbers, without expression."""
    rng = np.random.default_rng([seed, 0])
    donor = np.arange(cells) % donors
    status = donor % len(STATUSES)
    shares = true_shares(status_strength).pivot(index="status", columns="type", values="share")
    shares = concentration * shares.loc[list(STATUSES), list(MARKERS)].to_numpy()
    drawn = np.array([rng.dirichlet(shares[one % len(STATUSES)]) for one in range(donors)])
    below = drawn.cumsum(axis=1)[donor, :-1]
    return donor, status, (rng.random((cells, 1)) > below).sum(axis=1)


def type_levels(
    names: list[str], types: list[str], expressed: dict[str, tuple], rng: np.random.Generator
) -> np.ndarray:
    """Draw the log mean of each gene in each type, types x genes.

    ``expressed`` says of some genes which types express them much; all others express them little.
    """
    level = np.tile(rng.normal(0, GENE_SD, len(names)), (len(types), 1))
    differs = rng.random(level.shape) < TYPE_SHARE
    level += rng.normal(0, TYPE_SD, level.shape) * differs
    column = {name: number for number, name in enumerate(names)}
    for gene, of in expressed.items():
        level[:, column[gene]] = np.where(np.isin(types, of), MARKER_LEVEL, ELSEWHERE)
    return level


def _levels(names: list[str], types: list[str], rng: np.random.Generator) -> np.ndarray:
    expressed = {gene: (of,) for of, genes in MARKERS.items() for gene in genes} | SHARED
    expressed |= {gene: of for name, of in EXPRESSED_BY.items() for gene in SETS[name]}
    level = type_levels(names, types, expressed, rng)
    column = {name: number for number, name in enumerate(names)}
    flat = {"ISG": SET_LEVEL, "cytokines": CYTOKINE_LEVEL}
    for name, value in flat.items():
        level[:, [column[gene] for gene in SETS[name]]] = value
    level[:, [column[gene] for gene in MITOCHONDRIAL]] = MITOCHONDRIAL_LEVEL
    return level


def _changes(names: list[str], types: list[str], strength: float) -> np.ndarray:
    """Return the log factor of each status on each gene of each type."""
    change = np.zeros((len(STATUSES), len(types), len(names)))
    place = {name: number for number, name in enumerate(names)}
    monocytes = np.flatnonzero(np.isin(types, MONOCYTES))
    for gene, _, status, log2fc in true_changes(strength).itertuples(index=False):
        change[STATUSES.index(status), monocytes, place[gene]] = log2fc * np.log(2)
    return change
