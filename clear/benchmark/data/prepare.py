"""From the canonical dataset to what the methods see, and to the truth that they do not."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import scanpy as sc
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.qc import select
from clear.benchmark.files import atomic_path, write_json
from clear.errors import ClearError

HVG_FLAVORS = ("seurat", "cell_ranger")


def prepare(
    card: dict,
    dataset_h5ad: Path,
    out_input: Path,
    out_truth: Path,
    out_json: Path,
    settings: dict,
    variant: str = "original",
) -> None:
    """Filter, normalise, select genes, and split the labels off.

    Cells are put in a random order under anonymous names: published names and the order of
    many files follow the cell type.

    Parameters
    ----------
    card
        The dataset card.
    dataset_h5ad
        Canonical dataset, see :func:`clear.benchmark.data.canonical.canonical`.
    out_input
        ``X`` log(1 + x) of the normalised expression (natural logarithm) and
        ``layers["counts"]`` the expression on its linear scale, both CSR float32;
        ``var["highly_variable"]``; ``obs["batch"]`` only for the task ``batch``.
    out_truth
        Tab-separated ``cell``, ``name``, ``cell_type`` and, where the dataset has them,
        ``batch`` and ``stage`` (0 = earliest, empty = none).
    out_json
        What was done.
    settings
        ``min_genes`` per cell, ``min_cells`` per gene, ``target_sum`` (None: the median of the
        cells), ``n_top_genes``, ``hvg_flavor`` (seurat or cell_ranger).
    variant
        Name of the variant of the dataset.

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene, or the flavour is unknown.
    """
    if settings["hvg_flavor"] not in HVG_FLAVORS:
        raise ClearError(
            f"Dataset {card['id']!r}: unknown prepare.hvg_flavor {settings['hvg_flavor']!r}; use "
            f"one of {', '.join(HVG_FLAVORS)}."
        )
    dataset = anndata.read_h5ad(dataset_h5ad)
    cells, genes, record = select(dataset.X, settings, card["id"])
    kept = np.random.default_rng(0).permutation(np.flatnonzero(cells))
    matrix = dataset.X[kept][:, genes].astype(np.float32)
    matrix.sort_indices()
    names = [f"cell_{i:06d}" for i in range(len(kept))]
    data = AnnData(matrix, pd.DataFrame(index=names), pd.DataFrame(index=dataset.var_names[genes]))
    unit = dataset.uns["unit"]
    data.layers["counts"] = linear(matrix, unit)
    normalisation = _normalise(data, unit, settings["target_sum"])
    data.var = pd.DataFrame({"highly_variable": _highly_variable(data, settings)}, data.var_names)
    data.uns = {"unit": unit, "dataset": card["id"], "variant": variant}

    truth = dataset.obs.iloc[kept]
    if "batch" in card["tasks"] and "batch" in truth:
        data.obs["batch"] = pd.Categorical(truth["batch"].to_numpy())
    with atomic_path(out_input) as temporary:
        data.write_h5ad(temporary, compression="gzip")
    _write_truth(out_truth, names, truth)
    types = truth["cell_type"].value_counts(sort=False)
    write_json(
        out_json,
        {
            "dataset": card["id"],
            "variant": variant,
            "unit": unit,
            "settings": settings,
            **record,
            "normalisation": normalisation,
            "highly_variable": int(data.var["highly_variable"].sum()),
            "types": {str(label): int(number) for label, number in types.items()},
            "lost_types": [str(label) for label, number in types.items() if number == 0],
        },
    )


def linear(matrix: sparse.csr_matrix, unit: str) -> sparse.csr_matrix:
    """Return expression on its linear scale: the inverse of the logarithm that ``unit`` names."""
    values = matrix.copy()
    if unit == "log1p":
        values.data = np.expm1(values.data)
    elif unit == "log2p1":
        values.data = np.expm1(values.data * np.float32(np.log(2)))
    return values


def _normalise(data: AnnData, unit: str, target_sum: float | None) -> str:
    if unit == "log1p":
        return "none: X is as published, log(1 + x)"
    if unit == "log2p1":
        data.X = data.X * np.float32(np.log(2))
        return "none: published log2(1 + x), converted to log(1 + x)"
    sc.pp.normalize_total(data, target_sum=target_sum)
    sc.pp.log1p(data)
    to = "the median cell's sum" if target_sum is None else f"{target_sum:g}"
    return f"each cell scaled to a sum of {to}, then log(1 + x)"


def _highly_variable(data: AnnData, settings: dict) -> np.ndarray:
    if data.n_vars <= settings["n_top_genes"]:
        return np.ones(data.n_vars, dtype=bool)
    table = sc.pp.highly_variable_genes(
        data,
        n_top_genes=settings["n_top_genes"],
        flavor=settings["hvg_flavor"],
        inplace=False,
    )
    return table["highly_variable"].to_numpy(dtype=bool)


def _write_truth(path: Path, names: list[str], obs: pd.DataFrame) -> None:
    truth = pd.DataFrame({"cell": names, "name": obs.index, "cell_type": obs["cell_type"].array})
    if "batch" in obs:
        truth["batch"] = obs["batch"].array
    if "stage" in obs:
        codes = pd.Series(obs["stage"].cat.codes.to_numpy(), dtype="Int64")
        truth["stage"] = codes.mask(codes < 0)
    with atomic_path(path) as temporary:
        truth.to_csv(temporary, sep="\t", index=False)
