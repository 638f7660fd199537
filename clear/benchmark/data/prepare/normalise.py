"""From the cells and genes that stay to the matrix X and its highly variable genes."""

from collections.abc import Callable, Iterable

import numpy as np
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.prepare.blocks import Blocks
from clear.benchmark.data.prepare.variable_genes import most_variable, within_cutoffs
from clear.cells.hvg import combined
from clear.errors import ClearError

Change = Callable[[sparse.csr_matrix], sparse.csr_matrix]


def scale_of(recipe: str, settings: dict) -> str:
    """Return what ``X`` holds after a recipe: ``log1p``, ``released`` or ``z-scores`` of either."""
    if settings["scale"] is not None:
        return "z-scores"
    return "log1p" if recipe == "standard" else recipe


def standard(
    cells: Blocks, unit: str, settings: dict, dataset: str
) -> tuple[Change, np.ndarray, str]:
    """Normalise, take log(1 + x), choose genes.

    Parameters
    ----------
    cells
        The expression as published.
    unit
        Of these values. Values that were published as logarithms are not logged again.
    settings
        ``target_sum`` (None: the median of the cells), ``n_top_genes``, ``hvg_flavor``, and
        ``scale``, the value at which z-scores of the genes are clipped (None: no z-scores).
    dataset
        Id of the dataset, for the messages.

    Returns
    -------
    to_x : function
        Makes ``X`` of a block of cells; what it takes from all cells it knows.
    chosen : numpy.ndarray of bool
        The highly variable genes.
    done : str
        What becomes of ``X``, in words.

    Raises
    ------
    ClearError
        ``hvg_flavor`` seurat_v3, which counts, on a dataset without counts; no genes are found.
    """
    if settings["hvg_flavor"] == "seurat_v3" and unit != "counts":
        raise ClearError(
            f"Dataset {dataset!r}: prepare.hvg_flavor is seurat_v3, which needs "
            f"counts; the unit here is {unit}. Set another hvg_flavor under `prepare` in the card."
        )
    to_x, done = _normalise(cells, unit, settings["target_sum"])
    if cells.shape[1] <= settings["n_top_genes"]:
        chosen = np.ones(cells.shape[1], dtype=bool)
    else:
        chosen = most_variable(cells, to_x, settings, dataset)
    if chosen.sum() not in (len(chosen), settings["n_top_genes"]):
        done += (
            f"; {chosen.sum()} highly variable genes in place of {settings['n_top_genes']}, since "
            "several score the same, or fewer vary"
        )
    return _scaled(cells, to_x, chosen, done, settings["scale"])


def released(
    cells: Blocks, unit: str, settings: dict, dataset: str
) -> tuple[Change, np.ndarray, str]:
    """Do what the public code does, in its order: log(1 + x), choose genes, normalise.

    It knows no units. Only values above 100 make it take the logarithm, of what was published,
    and choose genes, by cut-offs on it. Each cell is then scaled so that its chosen genes sum
    to ``target_sum``, genes aside that hold more than 5 % of any cell; here its other genes are
    scaled by the same factor. Nothing is logged after that.

    Takes and returns what :func:`standard` does, with the settings ``log_above`` and
    ``hvg_cutoffs``.

    Raises
    ------
    ClearError
        No gene passes the cut-offs.
    """
    above = settings["log_above"]
    if max(block.max() for block in cells) > above:
        log = sparse.csr_matrix.log1p
        chosen = within_cutoffs(cells, log, settings)
        done = f"log(1 + x) of the published values ({unit}), highly variable genes by cut-offs"
    else:
        log, chosen = sparse.csr_matrix.copy, np.ones(cells.shape[1], dtype=bool)
        done = (
            f"no logarithm and no choice of genes, since no published value ({unit}) is above "
            f"{above:g}"
        )
    if not chosen.any():
        raise ClearError(
            f"Dataset {dataset!r}: no gene passes the cut-offs of the released code. "
            "Leave the recipe `released` out for this dataset."
        )
    summed = chosen & ~_dominant(map(log, cells), chosen)
    target = settings["target_sum"]

    def to_x(block: sparse.csr_matrix) -> sparse.csr_matrix:
        x = log(block)
        factor = _totals(x, summed) / target
        factor[factor == 0] = 1
        x.data /= np.repeat(factor, np.diff(x.indptr))
        return x

    done += (
        f"; then each cell scaled to a sum of {target:g} over these genes, without "
        "those above 5 % of any cell"
    )
    return _scaled(cells, to_x, chosen, done, settings["scale"])


def _normalise(cells: Blocks, unit: str, target_sum: float | None) -> tuple[Change, str]:
    if unit == "log1p":
        return sparse.csr_matrix.copy, "none: X is as published, log(1 + x)"
    if unit == "log2p1":
        change = np.float32(np.log(2))
        return lambda block: block * change, (
            "none: published log2(1 + x), converted to log(1 + x)"
        )
    to = "the median cell's sum" if target_sum is None else f"{target_sum:g}"
    if target_sum is None:
        everything = np.ones(cells.shape[1], dtype=bool)
        target_sum = np.median(np.concatenate([_totals(block, everything) for block in cells]))

    def to_x(block: sparse.csr_matrix) -> sparse.csr_matrix:
        import scanpy as sc  # takes seconds, and the rule qc needs none of it

        data = AnnData(block.copy())
        sc.pp.normalize_total(data, target_sum=target_sum)
        sc.pp.log1p(data)
        return data.X

    return to_x, f"each cell scaled to a sum of {to}, then log(1 + x)"


def _totals(block: sparse.csr_matrix, genes: np.ndarray) -> np.ndarray:
    """Return each cell's sum over the genes of a mask, added up in float64, as float32."""
    return (block @ genes.astype(np.float64)).astype(np.float32)


def _dominant(blocks: Iterable[sparse.csr_matrix], chosen: np.ndarray) -> np.ndarray:
    """Return which genes hold more than 5 % of the chosen genes' sum in any cell."""
    found = np.zeros(len(chosen), dtype=bool)
    for block in blocks:
        most = 0.05 * _totals(block, chosen).astype(np.float64)
        found[block.indices[block.data > np.repeat(most, np.diff(block.indptr))]] = True
    return found


def _scaled(
    cells: Blocks, to_x: Change, chosen: np.ndarray, done: str, clip: float | None
) -> tuple[Change, np.ndarray, str]:
    """Turn genes into z-scores where that is asked for; ``X`` stays CSR but has few zeros."""
    if clip is None:
        return to_x, chosen, done

    # Not by scanpy, whose variance of a gene that never varies may be below 0 in rounding: NaN.
    def moments(block: sparse.csr_matrix) -> tuple[int, np.ndarray, np.ndarray]:
        values = to_x(block).toarray()
        mean = values.mean(axis=0, dtype=np.float64)
        return len(values), mean, ((values - mean) ** 2).sum(axis=0)

    mean, variance = combined(map(moments, cells))
    deviation = np.sqrt(variance)
    divisor = np.where(deviation > 0, deviation, 1).astype(np.float32)

    def scores(block: sparse.csr_matrix) -> sparse.csr_matrix:
        values = to_x(block).toarray()
        values -= mean.astype(np.float32)
        values /= divisor
        return sparse.csr_matrix(values.clip(-clip, clip))

    return scores, chosen, done + f"; then z-scores of each gene, clipped at {clip:g}"
