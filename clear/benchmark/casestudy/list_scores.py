"""``scores.tsv`` and ``score_tests.tsv``: a score of each gene list in each donor, and tests.

The donors are the sample; cells only make a donor's mean.
"""

import itertools
from math import comb

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse, stats

from clear.benchmark.casestudy.by_donors import FEWEST_CELLS, FEWEST_DONORS
from clear.benchmark.casestudy.gene_lists import GeneList
from clear.benchmark.casestudy.ranksum import compare

MOST_BINS, BIN_GENES = 25, 100  # of genes of like expression; how many genes a bin has at least
SCORES = ["list", "type", "donor", "status", "score", "cells", "genes", "missing"]
TESTS = ["list", "type", "status", "reference", "donors", "reference_donors", "difference", "low"]
TESTS += ["high", "p", "q", "least_p", "reason"]


def donor_scores(
    x: sparse.csr_matrix,
    genes: np.ndarray,
    cells: pd.DataFrame,
    lists: dict[str, GeneList],
    types: list[str],
) -> pd.DataFrame:
    """Score the lists in the cells and average over the cells of each donor and type.

    The score of a cell is the mean of the list's log-normalised values less that of control genes
    of like expression (Tirosh et al. 2016, as in scanpy's ``score_genes``), which cancels what
    all genes of the cell share.

    Parameters
    ----------
    x
        Log-normalised values, cells x genes.
    genes
        Names.
    cells
        ``type``, ``donor`` and ``status`` of each cell.
    lists
        As :func:`.gene_lists.lists_in` returns them.
    types
        Those to score.

    Returns
    -------
    DataFrame
        Columns :data:`SCORES`, a row for each donor and each of the types that any cell has; a
        donor with fewer than ten such cells, or none, has no score. ``genes`` counts the list's
        genes, ``missing`` names those that the data lack.
    """
    import scanpy as sc

    if cells.empty:  # no cluster's type is sure
        return pd.DataFrame(columns=SCORES)
    names = [str(number) for number in range(len(cells))]
    data = AnnData(
        x, cells.astype(str).set_axis(names), pd.DataFrame(index=np.asarray(genes, dtype=object))
    )
    bins = max(2, min(MOST_BINS, data.n_vars // BIN_GENES))
    status = data.obs.groupby("donor")["status"].first()
    numbers = data.obs.groupby(["type", "donor"]).size().unstack(fill_value=0)
    numbers = numbers[numbers.index.isin(types)].stack()
    rows = []
    for name, found in lists.items():
        sc.tl.score_genes(data, found.genes, score_name="score", n_bins=bins, random_state=0)
        values = dict(iter(data.obs.groupby(["type", "donor"])["score"]))
        about = {"list": name, "genes": len(found.genes), "missing": ", ".join(found.missing)}
        for (kind, donor), cells_of in numbers.items():
            row = {"type": kind, "donor": donor, "status": status[donor], "cells": cells_of}
            row["score"] = values[kind, donor].mean() if cells_of >= FEWEST_CELLS else np.nan
            rows.append(about | row)
    return pd.DataFrame(rows, columns=SCORES)


def score_tests(scores: pd.DataFrame, statuses: list[str]) -> pd.DataFrame:
    """Compare the donors' scores between every two statuses.

    Returns
    -------
    DataFrame
        Columns :data:`TESTS`, a row for each list, type and pair: Hodges and Lehmann's
        ``difference`` with its 95 % interval, ``p`` of the exact rank sum test, ``q`` (Benjamini
        and Hochberg, over the pairs and types of one list), ``least_p`` the least that so many
        donors can give, and the ``reason`` where there is no test.
    """
    rows = []
    for (name, kind), part in scores.dropna(subset=["score"]).groupby(["list", "type"], sort=False):
        values = {s: part.loc[part["status"] == s, "score"].to_numpy() for s in statuses}
        for reference, status in itertools.combinations(statuses, 2):
            ours, theirs = values[status], values[reference]
            row = {"list": name, "type": kind, "status": status, "reference": reference}
            row |= {"donors": len(ours), "reference_donors": len(theirs)}
            few = [s for s in (status, reference) if len(values[s]) < FEWEST_DONORS]
            if few:
                number = len(values[few[0]])
                row["reason"] = f"no test: {number} donor{'s' * (number != 1)} of status {few[0]}"
            else:
                row |= compare(ours, theirs)._asdict()
                row["least_p"] = min(1, 2 / comb(len(ours) + len(theirs), len(ours)))
            rows.append(row)
    table = pd.DataFrame(rows, columns=TESTS)
    for _, part in table.dropna(subset=["p"]).groupby("list"):
        table.loc[part.index, "q"] = stats.false_discovery_control(part["p"].astype(float))
    return table
