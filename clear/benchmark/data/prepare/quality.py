"""The cells and genes of a dataset that a recipe keeps, and the quality of every cell."""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.data.prepare.organisms import quality_genes, released_quality_genes
from clear.benchmark.data.prepare.published import Published
from clear.benchmark.data.prepare.qc import measure, select
from clear.benchmark.data.prepare.recipes import FILTERS
from clear.files.atomic import atomic_path


def quality_table(card: dict, dataset_h5ad: Path, out_tsv: Path, settings: dict) -> None:
    """Write down the quality of every cell, and what becomes of it in each recipe.

    Parameters
    ----------
    card
        The dataset card.
    dataset_h5ad
        Canonical dataset, see :func:`clear.benchmark.data.canonical.canonical`.
    out_tsv
        Tab-separated, one row per cell of the canonical dataset: ``cell`` (name as published),
        ``cell_type``, ``batch`` where there is one, the columns of
        :func:`~.qc.measure` (empty where a share is not known), and a column
        per recipe: ``kept`` or the filter that takes the cell.
    settings
        What :func:`clear.benchmark.data.prepare.recipes.settings_of` returns, by recipe.

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene.
    """
    dataset = Published(dataset_h5ad)
    found, _ = quality_genes(dataset.var, card.get("organism"))
    about = {"cell": dataset.obs.index, "cell_type": dataset.obs["cell_type"].array}
    if "batch" in dataset.obs:
        about["batch"] = dataset.obs["batch"].array
    table = pd.concat([pd.DataFrame(about), measure(dataset, found)], axis=1)
    for recipe, own in settings.items():
        table[recipe] = kept_by(dataset, card, recipe, own)[0]
    with atomic_path(out_tsv) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def kept_by(
    dataset: Published, card: dict, recipe: str, settings: dict
) -> tuple[np.ndarray, np.ndarray, dict]:
    """Return what :func:`~.qc.select` does, for a recipe."""
    linear = recipe == "standard"  # the other one knows no units and one way to name genes
    if linear:
        found, unknown = quality_genes(dataset.var, card.get("organism"))
    else:
        found, unknown = released_quality_genes(dataset.var)
    return select(dataset, linear, settings, FILTERS[recipe], found, unknown, card["id"])
