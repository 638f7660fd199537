"""``expression.tsv``: how much of each gene of the lists the cells of each type and status hold."""

import numpy as np
import pandas as pd
from scipy import sparse

from clear.benchmark.casestudy.gene_lists import GeneList

COLUMNS = ["list", "gene", "type", "status", "donors", "cells", "mean", "share"]


def list_expression(
    x: sparse.csr_matrix,
    genes: np.ndarray,
    cells: pd.DataFrame,
    lists: dict[str, GeneList],
    types: list[str],
) -> pd.DataFrame:
    """Return the mean over donors of a gene's mean value and of the share of cells that have it.

    Parameters
    ----------
    x, genes, cells, lists, types
        As for :func:`.list_scores.donor_scores`.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: ``mean`` of log-normalised values, ``share`` from 0 to 1; every
        donor with such a cell counts the same. ``mean`` and ``share`` of a gene that the data lack
        are missing.
    """
    place = {gene: number for number, gene in enumerate(genes)}
    rows = []
    for name, found in lists.items():
        values = x[:, [place[gene] for gene in found.genes]].toarray()
        for kind in types:
            of_type = (cells["type"] == kind).to_numpy()
            by = [cells["status"].to_numpy()[of_type], cells["donor"].to_numpy()[of_type]]
            numbers = pd.Series(by[1]).groupby(by[0]).agg(["nunique", "size"])
            means = _over_donors(values[of_type], by, found.genes)
            shares = _over_donors(values[of_type] > 0, by, found.genes)
            for status, (donors, size) in numbers.iterrows():
                about = {"list": name, "type": kind, "status": status}
                about |= {"donors": donors, "cells": size}
                for gene in [*found.genes, *found.missing]:
                    row = about | {"gene": gene}
                    if gene in place:
                        row |= {"mean": means.at[status, gene], "share": shares.at[status, gene]}
                    rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _over_donors(values: np.ndarray, by: list[np.ndarray], genes: list[str]) -> pd.DataFrame:
    """Return means by status of the means by donor."""
    table = pd.DataFrame(values.astype(float), columns=genes)
    return table.groupby(by).mean().groupby(level=0).mean()
