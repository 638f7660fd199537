"""From the canonical dataset to what the methods see, and to the truth that they do not."""

from pathlib import Path

import anndata
import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.prepare.dropout import drop_out
from clear.benchmark.data.prepare.normalise import linear, released, scale_of, standard
from clear.benchmark.data.prepare.organisms import quality_genes, released_quality_genes
from clear.benchmark.data.prepare.qc import KEPT, measure, select
from clear.benchmark.data.prepare.recipes import FILTERS
from clear.benchmark.vocabulary import LOG_UNITS, dropout_percent
from clear.files.atomic import atomic_path, write_json


def prepare(
    card: dict,
    dataset_h5ad: Path,
    out_input: Path,
    out_truth: Path,
    out_json: Path,
    settings: dict,
    recipe: str,
    perturbation: str,
) -> None:
    """Filter, normalise, select genes, and split the labels off.

    Cells are put in a random order under anonymous names: published names and the order of
    many files follow the cell type.

    A perturbation comes between the filters and the normalisation: the filters see the data as
    published, and so keep the same cells and genes whatever the dropout. What then has no
    expression left is taken out, since methods are promised that there is none.

    Parameters
    ----------
    card
        The dataset card.
    dataset_h5ad
        Canonical dataset, see :func:`clear.benchmark.data.canonical.canonical`.
    out_input
        ``X`` as the recipe makes it, by ``standard`` log(1 + x) of the normalised expression
        (natural logarithm), which ``uns["scale"]`` says, and ``layers["counts"]`` the expression
        on its linear scale, both CSR float32; ``var["highly_variable"]``; ``uns["unit"]``. It
        names neither the dataset nor a cell, and has no batch.
    out_truth
        Tab-separated ``cell``, ``name``, ``cell_type`` and, where the dataset has them,
        ``batch``, ``stage`` (0 = earliest, empty = none), ``donor`` and ``status``.
    out_json
        What was done: settings, every filter in its order with what it took, normalisation in
        words, types with their sizes.
    settings
        What :func:`clear.benchmark.data.prepare.recipes.settings_of` returns for the recipe.
    recipe
        One of :data:`~.recipes.FILTERS`.
    perturbation
        What is done to the values: ``none`` or ``dropout_<percent>`` (:func:`~.dropout.drop_out`).

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene, dropout no value, or ``hvg_flavor`` does not fit the
        unit.
    """
    dataset = anndata.read_h5ad(dataset_h5ad)
    unit = dataset.uns["unit"]
    fate, genes, record = _select(dataset, card, recipe, settings)
    kept = np.random.default_rng(0).permutation(np.flatnonzero(fate == KEPT))
    matrix = dataset.X[kept][:, genes].astype(np.float32)
    matrix.sort_indices()
    names = np.array([f"cell_{i:06d}" for i in range(len(kept))])
    genes = dataset.var_names[genes]
    if percent := dropout_percent(perturbation):
        dropped = drop_out(matrix, percent, card["id"])
        cells, left = matrix.getnnz(axis=1) > 0, matrix.getnnz(axis=0) > 0
        matrix = matrix[cells][:, left]
        kept, names, genes = kept[cells], names[cells], genes[left]
        _note_dropout(record, dropped, *matrix.shape)
    data = AnnData(matrix, pd.DataFrame(index=names), pd.DataFrame(index=genes))
    data.uns["dataset"] = card["id"]
    data.layers["counts"] = linear(matrix, unit)
    normalisation = {"standard": standard, "released": released}[recipe](data, unit, settings)
    data.var = data.var[["highly_variable"]]
    data.uns = {"unit": unit, "scale": scale_of(recipe, settings)}  # methods see this file

    truth = dataset.obs.iloc[kept]
    with atomic_path(out_input) as temporary:
        data.write_h5ad(temporary, compression="gzip")
    _write_truth(out_truth, names, truth)
    types = truth["cell_type"].value_counts(sort=False)
    write_json(
        out_json,
        {
            "dataset": card["id"],
            "recipe": recipe,
            "perturbation": perturbation,
            "unit": unit,
            "settings": settings,
            **record,
            "normalisation": normalisation,
            "highly_variable": int(data.var["highly_variable"].sum()),
            "types": {str(label): int(number) for label, number in types.items()},
            "lost_types": [str(label) for label, number in types.items() if number == 0],
        },
    )


def quality_table(card: dict, dataset_h5ad: Path, out_tsv: Path, settings: dict) -> None:
    """Write down the quality of every cell, and what becomes of it in each recipe.

    Parameters
    ----------
    card, dataset_h5ad
        As for :func:`prepare`.
    out_tsv
        Tab-separated, one row per cell of the canonical dataset: ``cell`` (name as published),
        ``cell_type``, ``batch`` where there is one, the columns of
        :func:`~.qc.measure` (empty where a share is not known), and a column
        per recipe: ``kept`` or the filter that takes the cell.
    settings
        Those of :func:`prepare` by recipe.

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene.
    """
    dataset = anndata.read_h5ad(dataset_h5ad)
    found, _ = quality_genes(dataset.var, card.get("organism"))
    about = {"cell": dataset.obs_names, "cell_type": dataset.obs["cell_type"].array}
    if "batch" in dataset.obs:
        about["batch"] = dataset.obs["batch"].array
    measured = measure(_linear(dataset), found)
    table = pd.concat([pd.DataFrame(about), measured], axis=1)
    for recipe, own in settings.items():
        table[recipe] = _select(dataset, card, recipe, own)[0]
    with atomic_path(out_tsv) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def _select(
    dataset: AnnData, card: dict, recipe: str, settings: dict
) -> tuple[np.ndarray, np.ndarray, dict]:
    if recipe == "standard":
        values = _linear(dataset)
        found, unknown = quality_genes(dataset.var, card.get("organism"))
    else:  # knows no units and one way to name genes
        values = dataset.X
        found, unknown = released_quality_genes(dataset.var)
    return select(values, settings, FILTERS[recipe], found, unknown, card["id"])


def _note_dropout(record: dict, dropped: dict, cells: int, genes: int) -> None:
    """Add dropout to the record of the filters, with the cells and genes that it leaves."""
    before = {what: record[what]["after"] for what in ("cells", "genes")}
    lost = {"cells_lost": before["cells"] - cells, "genes_lost": before["genes"] - genes}
    left = {"cells": cells, "genes": genes}
    record["filters"].append({"filter": "dropout", **dropped, "applied": True, **lost, **left})
    for what, number in left.items():
        record[what]["after"] = number


def _linear(dataset: AnnData) -> sparse.csr_matrix:
    """Return the values on their linear scale, without a copy where they have it."""
    unit = dataset.uns["unit"]
    return linear(dataset.X, unit) if unit in LOG_UNITS else dataset.X


def _write_truth(path: Path, names: np.ndarray, obs: pd.DataFrame) -> None:
    truth = pd.DataFrame({"cell": names, "name": obs.index, "cell_type": obs["cell_type"].array})
    if "batch" in obs:
        truth["batch"] = obs["batch"].array
    if "stage" in obs:
        codes = pd.Series(obs["stage"].cat.codes.to_numpy(), dtype="Int64")
        truth["stage"] = codes.mask(codes < 0)
    for name in ("donor", "status"):
        if name in obs:
            truth[name] = obs[name].array
    with atomic_path(path) as temporary:
        truth.to_csv(temporary, sep="\t", index=False)
