"""From the canonical dataset to what the methods see, and to the truth that they do not."""

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.benchmark.data.prepare.blocks import shuffled
from clear.benchmark.data.prepare.dropout import detected, drop_out
from clear.benchmark.data.prepare.normalise import released, scale_of, standard
from clear.benchmark.data.prepare.published import Published, to_linear
from clear.benchmark.data.prepare.qc import KEPT
from clear.benchmark.data.prepare.quality import kept_by
from clear.benchmark.data.prepare.writing import write_input
from clear.benchmark.vocabulary import dropout_percent
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

    A dataset of more than :data:`~.published.WHOLE_VALUES` values is prepared in blocks of cells,
    in memory that grows with the tables of cells only, and with two gzipped copies and a
    temporary one on disk.

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
    dataset = Published(dataset_h5ad)
    unit = dataset.unit
    fate, genes, record = kept_by(dataset, card, recipe, settings)
    kept = np.random.default_rng(0).permutation(np.flatnonzero(fate == KEPT))
    cells = shuffled(dataset, kept, genes, dense=settings["scale"] is not None)
    names = np.array([f"cell_{i:06d}" for i in range(len(kept))])
    genes, obs = dataset.var.index[genes], dataset.obs
    del dataset
    if percent := dropout_percent(perturbation):
        cells, dropped = drop_out(cells, percent, card["id"])
        expressed, left = detected(cells)
        cells = cells.only(expressed, left)
        kept, names, genes = kept[expressed], names[expressed], genes[left]
        _note_dropout(record, dropped, *cells.shape)
    normalise = {"standard": standard, "released": released}[recipe]
    with contextlib.closing(cells):
        to_x, chosen, normalisation = normalise(cells, unit, settings, card["id"])
        var = pd.DataFrame({"highly_variable": chosen}, index=genes)
        data = AnnData(obs=pd.DataFrame(index=names), var=var)
        data.uns = {"unit": unit, "scale": scale_of(recipe, settings)}  # methods see this file
        with atomic_path(out_input) as temporary:
            write_input(temporary, data, cells, to_x, lambda block: to_linear(block, unit))
    truth = obs.iloc[kept]
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
            "highly_variable": int(chosen.sum()),
            "types": {str(label): int(number) for label, number in types.items()},
            "lost_types": [str(label) for label, number in types.items() if number == 0],
        },
    )


def _note_dropout(record: dict, dropped: dict, cells: int, genes: int) -> None:
    """Add dropout to the record of the filters, with the cells and genes that it leaves."""
    before = {what: record[what]["after"] for what in ("cells", "genes")}
    lost = {"cells_lost": before["cells"] - cells, "genes_lost": before["genes"] - genes}
    left = {"cells": cells, "genes": genes}
    record["filters"].append({"filter": "dropout", **dropped, "applied": True, **lost, **left})
    for what, number in left.items():
        record[what]["after"] = number


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
