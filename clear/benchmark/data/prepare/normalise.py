"""From the cells and genes that stay to the matrix X and its highly variable genes."""

import textwrap

import numpy as np
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError


def linear(matrix: sparse.csr_matrix, unit: str) -> sparse.csr_matrix:
    """Return expression on its linear scale: the inverse of the logarithm that ``unit`` names."""
    values = matrix.copy()
    if unit == "log1p":
        values.data = np.expm1(values.data)
    elif unit == "log2p1":
        values.data = np.expm1(values.data * np.float32(np.log(2)))
    return values


def scale_of(recipe: str, settings: dict) -> str:
    """Return what ``X`` holds after a recipe: ``log1p``, ``released`` or ``z-scores`` of either."""
    if settings["scale"] is not None:
        return "z-scores"
    return "log1p" if recipe == "standard" else recipe


def standard(data: AnnData, unit: str, settings: dict) -> str:
    """Normalise, take log(1 + x), choose genes: ``X`` and ``var["highly_variable"]`` in place.

    Parameters
    ----------
    data
        ``X`` as published and ``layers["counts"]`` the same on its linear scale.
    unit
        Of ``X``. Values that were published as logarithms are not logged again.
    settings
        ``target_sum`` (None: the median of the cells), ``n_top_genes``, ``hvg_flavor``, and
        ``scale``, the value at which z-scores of the genes are clipped (None: no z-scores).

    Returns
    -------
    str
        What became of ``X``, in words.

    Raises
    ------
    ClearError
        ``hvg_flavor`` seurat_v3, which counts, on a dataset without counts; scanpy finds no genes.
    """
    if settings["hvg_flavor"] == "seurat_v3" and unit != "counts":
        raise ClearError(
            f"Dataset {data.uns['dataset']!r}: prepare.hvg_flavor is seurat_v3, which needs "
            f"counts; the unit here is {unit}. Set another hvg_flavor under `prepare` in the card."
        )
    done = _normalise(data, unit, settings["target_sum"])
    chosen = data.var["highly_variable"] = _highly_variable(data, settings)
    if chosen.sum() not in (data.n_vars, settings["n_top_genes"]):
        done += (
            f"; {chosen.sum()} highly variable genes in place of {settings['n_top_genes']}, since "
            "several score the same, or fewer vary"
        )
    return done + _scale(data, settings["scale"])


def released(data: AnnData, unit: str, settings: dict) -> str:
    """Do what the public code does, in its order: log(1 + x), choose genes, normalise.

    It knows no units. Only values above 100 make it take the logarithm, of what was published,
    and choose genes, by cut-offs on it. Each cell is then scaled so that its chosen genes sum
    to ``target_sum``, genes aside that hold more than 5 % of any cell; here its other genes are
    scaled by the same factor. Nothing is logged after that.

    Takes what :func:`standard` takes, with the settings ``log_above`` and ``hvg_cutoffs``.

    Returns
    -------
    str
        What became of ``X``, in words.

    Raises
    ------
    ClearError
        No gene passes the cut-offs.
    """
    import scanpy as sc  # takes seconds, and the rule qc needs none of it

    chosen = np.ones(data.n_vars, dtype=bool)
    above = settings["log_above"]
    if data.X.max() > above:
        sc.pp.log1p(data)
        table = sc.pp.highly_variable_genes(
            data, flavor=settings["hvg_flavor"], inplace=False, **settings["hvg_cutoffs"]
        )
        chosen = table["highly_variable"].to_numpy(dtype=bool)
        done = f"log(1 + x) of the published values ({unit}), highly variable genes by cut-offs"
    else:
        done = (
            f"no logarithm and no choice of genes, since no published value ({unit}) is above "
            f"{above:g}"
        )
    if not chosen.any():
        raise ClearError(
            f"Dataset {data.uns['dataset']!r}: no gene passes the cut-offs of the released code. "
            "Leave the recipe `released` out for this dataset."
        )
    scaled = sc.pp.normalize_total(
        AnnData(data.X[:, chosen]),
        target_sum=settings["target_sum"],
        exclude_highly_expressed=True,
        inplace=False,
    )
    factor = np.where(scaled["norm_factor"] == 0, 1, scaled["norm_factor"])
    data.X.data /= np.repeat(factor, np.diff(data.X.indptr)).astype(np.float32)
    data.var["highly_variable"] = chosen
    done += (
        f"; then each cell scaled to a sum of {settings['target_sum']:g} over these genes, without "
        "those above 5 % of any cell"
    )
    return done + _scale(data, settings["scale"])


def _normalise(data: AnnData, unit: str, target_sum: float | None) -> str:
    if unit == "log1p":
        return "none: X is as published, log(1 + x)"
    if unit == "log2p1":
        data.X = data.X * np.float32(np.log(2))
        return "none: published log2(1 + x), converted to log(1 + x)"
    import scanpy as sc

    sc.pp.normalize_total(data, target_sum=target_sum)
    sc.pp.log1p(data)
    to = "the median cell's sum" if target_sum is None else f"{target_sum:g}"
    return f"each cell scaled to a sum of {to}, then log(1 + x)"


def _highly_variable(data: AnnData, settings: dict) -> np.ndarray:
    if data.n_vars <= settings["n_top_genes"]:
        return np.ones(data.n_vars, dtype=bool)
    import scanpy as sc

    flavor = settings["hvg_flavor"]
    try:
        table = sc.pp.highly_variable_genes(
            data,
            n_top_genes=settings["n_top_genes"],
            flavor=flavor,
            layer="counts" if flavor == "seurat_v3" else None,
            inplace=False,
        )
    except Exception as error:  # of bins that coincide, of a loess that fails, of a missing package
        raise ClearError(
            f"Dataset {data.uns['dataset']!r}: scanpy cannot choose genes by prepare.hvg_flavor "
            f"{flavor} ({textwrap.shorten(str(error), 100)}). Set another hvg_flavor, or "
            f"n_top_genes of at least {data.n_vars} for all genes, under `prepare` in the card."
        ) from error
    return table["highly_variable"].to_numpy(dtype=bool)


def _scale(data: AnnData, clip: float | None) -> str:
    """Turn genes into z-scores where that is asked for; ``X`` stays CSR but has few zeros."""
    if clip is None:
        return ""
    # Not by scanpy, whose variance of a gene that never varies may be below 0 in rounding: NaN.
    scores = data.X.toarray()
    deviation = scores.std(axis=0, ddof=1, dtype=np.float64)
    scores -= scores.mean(axis=0, dtype=np.float64).astype(np.float32)
    scores /= np.where(deviation > 0, deviation, 1).astype(np.float32)
    data.X = sparse.csr_matrix(scores.clip(-clip, clip))
    return f"; then z-scores of each gene, clipped at {clip:g}"
