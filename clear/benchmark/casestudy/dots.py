"""How much the types of a case study express the first markers of each type (Fig. 6B)."""

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.benchmark.casestudy.composition import named
from clear.benchmark.casestudy.declared import UNSURE

FIRST = 3  # markers of a type
COLUMNS = ["type", "cells", "gene", "of", "share", "mean"]


def first_markers(markers: dict[str, list[str]]) -> dict[str, str]:
    """Return the genes that are shown, each with the type that it marks, in their order."""
    shown = {}
    for kind, genes in markers.items():
        for gene in genes[:FIRST]:
            shown.setdefault(gene, kind)
    return shown


def dot_table(types: pd.DataFrame, data: AnnData, markers: dict[str, list[str]]) -> pd.DataFrame:
    """Return the share of the cells that express a gene, and its mean, in each type.

    Parameters
    ----------
    types
        Columns cell, type, sure.
    data
        ``X`` log-normalised, cells x genes, dense.
    markers
        Genes by type.

    Returns
    -------
    DataFrame
        For each type of the table, the given ones and the unsure, and each gene: columns type,
        cells (of the type), gene, of (the type that it marks), share (of the cells), mean (over
        all cells of the type). The last two are missing where a type has no cells, or the data lack
        the gene.
    """
    if types.empty:
        return pd.DataFrame(columns=COLUMNS)
    kind = named(types).loc[data.obs_names]
    others = sorted(set(kind) - {*markers, UNSURE})
    order = [*markers, *others, *([UNSURE] if UNSURE in set(kind) else [])]
    code = pd.Categorical(kind, categories=order).codes
    sizes = np.bincount(code, minlength=len(order))
    parts = []
    for gene, of in first_markers(markers).items():
        part = pd.DataFrame({"type": order, "cells": sizes, "gene": gene, "of": of})
        if gene in data.var_names:
            values = data.obs_vector(gene)
            for name, numbers in (("share", values > 0), ("mean", values)):
                sums = np.bincount(code, numbers, minlength=len(order))
                part[name] = np.divide(
                    sums, sizes, out=np.full(len(order), np.nan), where=sizes > 0
                )
        parts.append(part)
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS)
