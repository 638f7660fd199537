"""One shape for every dataset: raw matrix, cell type, batch, stage, unit."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.utils import make_index_unique
from scipy import sparse

from clear.errors import ClearError


def canonical(raw: AnnData, card: dict, columns: dict[str, list[str]]) -> tuple[AnnData, dict]:
    """Bring a dataset into the shape that the rest of the benchmark reads.

    Parameters
    ----------
    raw
        The dataset as its file has it.
    card
        The dataset card.
    columns
        For ``cell_type``, ``batch`` and ``stage`` the columns of ``raw.obs`` to take, best
        first; empty where the dataset has none.

    Returns
    -------
    adata : AnnData
        ``X`` CSR float32; ``obs`` with ``cell_type`` and, where there are any, ``batch``
        (categories) and ``stage`` (ordered, as in the card's ``stages``); ``var["gene"]`` the
        gene name as published, the index the same made unique; ``uns`` ``unit``, ``dataset``.
    record : dict
        What was changed.

    Raises
    ------
    ClearError
        Duplicate cell names; a column that is not there; cells without a label; stages that
        the card does not list.
    """
    name = card["id"]
    cells = pd.Index(raw.obs_names.astype(str))
    if not cells.is_unique:
        twice = cells[cells.duplicated()].unique()
        raise ClearError(
            f"Dataset {name!r}: {len(twice)} cell names occur more than once, the first is "
            f"{twice[0]!r}. Labels cannot be matched to cells: give every cell its own name."
        )
    labels = _column(raw.obs, columns["cell_type"], "label", name)
    drop = (card.get("reader_options") or {}).get("drop_labels") or []
    keep = ~labels.isin(["" if label is None else str(label) for label in drop]).to_numpy()
    missing = int(((labels == "") & keep).sum())
    if missing:
        raise ClearError(
            f"Dataset {name!r}: {missing} of {len(labels)} cells have no label. Label them, or "
            'drop them with `reader_options: {drop_labels: [""]}` in the card.'
        )
    obs = pd.DataFrame({"cell_type": pd.Categorical(labels[keep])}, index=cells[keep])
    if columns["batch"]:
        batch = _column(raw.obs, columns["batch"], "batch", name)
        if (batch[keep] == "").any():
            raise ClearError(
                f"Dataset {name!r}: {(batch[keep] == '').sum()} cells have no batch in the column "
                f"{batch.name!r}: fill it in, or leave `batch` out of the card."
            )
        obs["batch"] = pd.Categorical(batch[keep])
    if columns["stage"]:
        obs["stage"] = _stage(raw.obs, columns["stage"], card)[keep]

    with np.errstate(over="ignore"):  # what overflows becomes infinite, which check_values finds
        matrix = sparse.csr_matrix(raw.X, dtype=np.float32)[keep]
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    genes = pd.Index(raw.var_names.astype(str))
    var = pd.DataFrame({"gene": genes}, index=make_index_unique(genes))
    adata = AnnData(matrix, obs=obs, var=var)
    adata.uns = {"unit": card["unit"], "dataset": name}
    return adata, {
        "cells": {"in_file": len(cells), "dropped_by_label": int((~keep).sum())},
        "genes": {"in_file": len(genes), "renamed_duplicates": int(genes.duplicated().sum())},
        "dropped_labels": {k: int(v) for k, v in labels[~keep].value_counts().items()},
    }


def _column(obs: pd.DataFrame, names: Iterable[str], setting: str, dataset: str) -> pd.Series:
    """Return the first of the columns that there is, as text; missing values are empty."""
    for column in names:
        if column in obs:
            text = obs[column].astype(object)
            return text.where(text.notna(), "").astype(str).str.strip()
    raise ClearError(
        f"Dataset {dataset!r}: there is no column {next(iter(names))!r} (`{setting}` in the card); "
        f"the cells have the columns: {', '.join(map(str, obs.columns)) or 'none'}."
    )


def _stage(obs: pd.DataFrame, names: list[str], card: dict) -> pd.Categorical:
    stage = _column(obs, names, "stage", card["id"])
    stages = [str(s) for s in card.get("stages") or []]
    unknown = sorted(set(stage) - set(stages) - {""})
    if unknown:
        raise ClearError(
            f"Dataset {card['id']!r}: the stages {', '.join(unknown)} are not in the card; "
            f"`stages` there, earliest first: {', '.join(stages) or 'none'}."
        )
    return pd.Categorical(stage, categories=stages, ordered=True)
