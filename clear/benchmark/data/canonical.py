"""One shape for every dataset: raw matrix, cell type, batch, stage, unit."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from anndata.utils import make_index_unique
from scipy import sparse

from clear.benchmark.data.donors import MISSING, donors_and_statuses
from clear.benchmark.data.gene_names import gene_remarks
from clear.errors import ClearError

UNLABELLED = "unlabelled"  # where no cell types were published
JOINED_BY = " / "


def canonical(raw: AnnData, card: dict, columns: dict[str, list]) -> tuple[AnnData, dict]:
    """Bring a dataset into the shape that the rest of the benchmark reads.

    Parameters
    ----------
    raw
        The dataset as its file has it.
    card
        The dataset card.
    columns
        For ``cell_type``, ``batch`` and ``stage`` the columns of ``raw.obs`` to take, best
        first; empty where the dataset has none. An entry that is itself a list is a combination
        of columns. For a case study ``donor`` and ``status`` too.

    Returns
    -------
    adata : AnnData
        ``X`` CSR float32; ``obs`` with ``cell_type`` and, where there are any, ``batch``
        (categories), ``stage`` (ordered, as in the card's ``stages``), ``donor`` and ``status`` (as
        in the card's ``statuses``); ``var["gene"]`` the
        gene name as published, the index the same made unique; ``uns`` ``unit``, ``dataset``.
    record : dict
        What was changed.

    Raises
    ------
    ClearError
        Duplicate cell names; a column that is not there; cells without a label or batch, or with
        the text `nan` there; no cell is left; stages or statuses that the card does not list;
        labels to drop or to merge that no cell has; a donor of two statuses.
    """
    obs, keep, record = canonical_obs(raw.obs, card, columns)
    var, of_genes = canonical_var(raw.var, card)
    with np.errstate(over="ignore"):  # what overflows becomes infinite, which check_values finds
        matrix = sparse.csr_matrix(raw.X, dtype=np.float32)[keep]
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    adata = AnnData(matrix, obs=obs, var=var)
    adata.uns = {"unit": card["unit"], "dataset": card["id"]}
    return adata, record | of_genes


def canonical_obs(
    obs: pd.DataFrame, card: dict, columns: dict[str, list]
) -> tuple[pd.DataFrame, np.ndarray, dict]:
    """Return the cells' columns in canonical shape, the mask of cells that stay, and a record."""
    name, rule = card["id"], card.get("label_rule") or {}
    cells = pd.Index(obs.index.astype(str))
    if not cells.is_unique:
        twice = cells[cells.duplicated()].unique()
        raise ClearError(
            f"Dataset {name!r}: {len(twice)} cell names occur more than once, the first is "
            f"{twice[0]!r}. Labels cannot be matched to cells: give every cell its own name."
        )
    if columns["cell_type"]:
        labels = _column(obs, columns["cell_type"], "label", name)
    else:
        labels = pd.Series(UNLABELLED, index=obs.index)
    dropped = [str(label) for label in rule.get("drop") or []]
    merged_away = {old for olds in (rule.get("merge") or {}).values() for old in olds}
    _check_known("drop", set(dropped) - set(MISSING), labels, name)
    _check_known("merge", merged_away, labels, name)
    keep = ~labels.isin(dropped).to_numpy()
    if not keep.any():
        raise ClearError(
            f"Dataset {name!r}: `label_rule.drop` leaves none of {len(labels)} cells. Correct it, "
            "or `label`, in the card."
        )
    missing = labels[keep & labels.isin(set(MISSING) - merged_away).to_numpy()]
    if len(missing):
        texts = ", ".join(f'"{text}"' for text in sorted(set(missing)))
        raise ClearError(
            f"Dataset {name!r}: {len(missing)} of {len(labels)} cells have no label, but {texts}. "
            f"Label them, or drop them with `label_rule: {{drop: [{texts}]}}` in the card; a type "
            "of that name gets another one under `merge`."
        )
    merged = _merged(labels[keep], rule.get("merge") or {})
    result = pd.DataFrame({"cell_type": pd.Categorical(merged)}, index=cells[keep])
    if columns["batch"]:
        batch = _column(obs, columns["batch"], "batch", name)
        missing = batch[keep & batch.isin(MISSING).to_numpy()]
        if len(missing):
            raise ClearError(
                f"Dataset {name!r}: {len(missing)} cells have no batch in the column "
                f"{batch.name!r}, but {missing.iloc[0]!r}: fill it in, or leave `batch` out of the "
                "card."
            )
        result["batch"] = pd.Categorical(batch[keep])
    if columns["stage"]:
        stage = _column(obs, columns["stage"], "stage", name)[keep]
        if columns["stage"][0] == next(iter(columns["cell_type"]), None):
            stage = merged  # stages that are the types follow their rule
        result["stage"] = _stage(stage, card)
    if columns.get("status"):
        of_study = {
            what: _column(obs, columns[what], what, name)[keep] for what in ("donor", "status")
        }
        result = result.assign(**donors_and_statuses(**of_study, card=card))
    record = {
        "cells": {"in_file": len(cells), "dropped_by_label": int((~keep).sum())},
        "dropped_labels": _sizes(labels[~keep]),
    }
    if rule.get("merge"):
        record["published_labels"] = _sizes(labels[keep])
    return result, keep, record


def canonical_var(var: pd.DataFrame, card: dict) -> tuple[pd.DataFrame, dict]:
    """Return the genes' names in canonical shape, and a record."""
    column = card.get("genes")
    if column and column not in var:
        raise ClearError(
            f"Dataset {card['id']!r}: the genes have no column {column!r} (`genes` in the card); "
            f"they have: {', '.join(map(str, var.columns)) or 'none'}."
        )
    genes = pd.Index((var[column] if column else var.index).astype(str))
    result = pd.DataFrame({"gene": genes}, index=make_index_unique(genes))
    for other in ("gene_id", "gene_symbol"):
        if other in var and other != column:
            result[other] = var[other].astype(str).to_numpy()
    counts = {"in_file": len(genes), "renamed_duplicates": int(genes.duplicated().sum())}
    return result, {"genes": counts, "remarks": gene_remarks(genes)}


def _check_known(key: str, wanted: set[str], labels: pd.Series, dataset: str) -> None:
    if absent := sorted(wanted - set(labels)):
        raise ClearError(
            f"Dataset {dataset!r}: `label_rule.{key}` names labels that no cell has: "
            f"{', '.join(absent)}. The labels are: {', '.join(sorted(set(labels) - {''}))}."
        )


def _merged(labels: pd.Series, merge: dict[str, list[str]]) -> pd.Series:
    new = {old: name for name, olds in merge.items() for old in olds}
    return labels.map(lambda label: new.get(label, label))


def _sizes(labels: pd.Series) -> dict[str, int]:
    return {str(label): int(size) for label, size in labels.value_counts().items()}


def _column(obs: pd.DataFrame, names: Iterable, setting: str, dataset: str) -> pd.Series:
    """Return the first of the columns that there is, as text; missing values are empty."""
    for choice in names:
        parts = [choice] if isinstance(choice, str) else list(choice)
        if all(part in obs for part in parts):
            texts = [_text(obs[part]) for part in parts]
            incomplete = np.any([text.isin(MISSING) for text in texts], axis=0)
            joined = texts[0].str.cat(texts[1:], sep=JOINED_BY) if texts[1:] else texts[0]
            return joined.mask(incomplete & (len(texts) > 1), "").rename(JOINED_BY.join(parts))
    first = next(iter(names))
    wanted = first if isinstance(first, str) else next(part for part in first if part not in obs)
    raise ClearError(
        f"Dataset {dataset!r}: there is no column {wanted!r} (`{setting}` in the card); "
        f"the cells have the columns: {', '.join(map(str, obs.columns)) or 'none'}."
    )


def _text(column: pd.Series) -> pd.Series:
    text = column.astype(object)
    return text.where(text.notna(), "").astype(str).str.strip()


def _stage(stage: pd.Series, card: dict) -> pd.Categorical:
    stages = [str(s) for s in card.get("stages") or []]
    unknown = sorted(set(stage) - set(stages) - {""})
    if unknown:
        raise ClearError(
            f"Dataset {card['id']!r}: the stages {', '.join(unknown)} are not in the card; "
            f"`stages` there, earliest first: {', '.join(stages) or 'none'}."
        )
    return pd.Categorical(stage, categories=stages, ordered=True)
