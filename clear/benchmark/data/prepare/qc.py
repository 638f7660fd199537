"""Quality of cells and genes: what is measured, which filter takes which."""

import numpy as np
import pandas as pd

from clear.benchmark.data.prepare.published import Published
from clear.errors import ClearError

SHARES = {"max_mito": "mito", "max_ercc": "ercc"}  # setting: genes whose share it limits
WORDS = {"mito": "mitochondrial genes", "ercc": "ERCC spike-ins"}
KEPT = "kept"
EMPTY = "no_expression"


def measure(values: Published, found: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return what is to be known of the quality of each cell.

    Parameters
    ----------
    values
        What was published; it is measured on its linear scale.
    found
        Masks of genes ``mito`` and ``ercc``, as far as the dataset has such genes.

    Returns
    -------
    pandas.DataFrame
        ``genes`` (detected), ``total`` (sum over all genes, in the dataset's unit),
        ``mito_share`` and ``ercc_share`` (of the total, 0 to 1; NaN where not known).
    """
    everything = np.ones(values.shape[1], dtype=bool)
    total, *parts = values.sums(everything, *found.values())
    table = pd.DataFrame({"genes": values.lengths, "total": total})
    parts = dict(zip(found, parts, strict=True))
    for name in SHARES.values():
        table[f"{name}_share"] = _share(parts[name], total) if name in parts else np.nan
    return table


def select(
    values: Published,
    linear: bool,
    settings: dict,
    order: tuple[str, ...],
    found: dict[str, np.ndarray],
    unknown: dict[str, str],
    dataset: str,
) -> tuple[np.ndarray, np.ndarray, dict]:
    """Choose cells and genes, one filter after the other.

    Parameters
    ----------
    values
        What was published.
    linear
        Whether shares are taken on the linear scale; otherwise of the published values.
    settings
        ``min_genes`` detected in a cell, ``min_cells`` that express a gene, ``max_mito`` and
        ``max_ercc``, the shares from which on a cell is taken out (None: no filter). Cells and
        genes without any expression never stay.
    order
        These four in the order in which they are applied. Each sees what the ones before left.
    found, unknown
        See :func:`clear.benchmark.data.prepare.organisms.quality_genes`.
    dataset
        Id of the dataset, for the messages.

    Returns
    -------
    fate : numpy.ndarray of str
        For each cell ``kept``, or the filter that took it; ``no_expression`` where the genes
        that stay say nothing of it.
    genes : numpy.ndarray of bool
        The genes that stay.
    record : dict
        ``cells`` and ``genes`` ``before`` and ``after``, and ``filters``: what each took, in
        order, and where one does not apply, why.

    Raises
    ------
    ClearError
        A filter leaves no cell or no gene; the message names the setting.
    """
    fate = np.full(values.shape[0], KEPT, dtype=object)
    genes = np.ones(values.shape[1], dtype=bool)
    steps = []

    def note(name: str, cells_lost: int = 0, genes_lost: int = 0, **more) -> None:
        lost = {"cells_lost": int(cells_lost), "genes_lost": int(genes_lost)}
        left = {"cells": int((fate == KEPT).sum()), "genes": int(genes.sum())}
        steps.append({"filter": name, **more, **lost, **left})

    for name in order:
        limit, cells = settings[name], fate == KEPT
        if limit is None:
            continue
        if name == "min_cells":
            found_in = values.cells_with(cells)
            poor = genes & (found_in < max(limit, 1))
            genes &= ~poor
            note(name, genes_lost=poor.sum(), threshold=limit, applied=True)
        elif SHARES.get(name) in unknown:
            note(name, threshold=limit, applied=False, reason=unknown[SHARES[name]])
            continue
        else:
            if name == "min_genes":
                measured = values.lengths
                poor = cells & (measured < max(limit, 1))
            else:
                own = found[SHARES[name]] & genes
                measured = _share(*values.sums(own, genes, linear=linear))
                poor = cells & (measured >= limit)
            fate[poor] = name
            note(name, cells_lost=poor.sum(), threshold=limit, applied=True)
        if not steps[-1]["cells"]:
            raise ClearError(_no_cell(name, limit, measured[cells], values.shape[1], dataset))
        if not steps[-1]["genes"]:
            raise ClearError(
                f"Dataset {dataset!r}: no gene is detected in the {limit} cells that "
                f"prepare.min_cells asks for; there are {cells.sum()} cells. Set a lower "
                "min_cells under `prepare` in the card."
            )
    # A cell may owe all its expression to genes that have just gone.
    empty = (fate == KEPT) & (values.sums(genes, linear=linear)[0] == 0)
    fate[empty] = EMPTY
    note(EMPTY, cells_lost=empty.sum(), applied=True)
    left = {"cells": steps[-1]["cells"], "genes": steps[-1]["genes"]}
    record = {
        what: {"before": before, "after": left[what]}
        for what, before in zip(("cells", "genes"), values.shape, strict=True)
    }
    return fate, genes, record | {"filters": steps}


def _no_cell(name: str, limit: float, measured: np.ndarray, n_genes: int, dataset: str) -> str:
    if name == "min_genes":
        return (
            f"Dataset {dataset!r}: no cell has the {limit} genes that prepare.min_genes asks for; "
            f"of {n_genes} genes in the file, the richest cell has {measured.max()}. Set a lower "
            "min_genes under `prepare` in the card."
        )
    return (
        f"Dataset {dataset!r}: in every cell the share of {WORDS[SHARES[name]]} reaches the "
        f"prepare.{name} of {limit:g}; the lowest is {measured.min():.3g}. Set a higher {name} "
        "under `prepare` in the card (null: no filter), or leave out the recipe `released`, "
        "whose limits are those of the public code."
    )


def _share(part: np.ndarray, total: np.ndarray) -> np.ndarray:
    return np.divide(part, total, out=np.zeros_like(part), where=total > 0)
