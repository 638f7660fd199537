"""Differential genes with the cell as the unit, as the paper did: Wilcoxon's rank sum test.

Cells of one donor are no replicates of a status: what differs between donors for any other reason
is found as well. :mod:`.by_donors` has the donor as the unit.
"""

import numpy as np
import pandas as pd
from scipy import sparse, stats

DETECTED = 0.01  # a gene is tested where this share of the cells of either side has it,
FEWEST_CELLS = 3  # and so many of them at least
BLOCK = 256  # genes at a time, dense


def by_cells(x: sparse.csr_matrix, ours: np.ndarray, reference: np.ndarray) -> pd.DataFrame:
    """Compare two groups of cells gene by gene.

    Parameters
    ----------
    x
        Log-normalised values, ``ln(1 + counts per 10,000)``, cells x genes.
    ours, reference
        Masks of the cells of either side.

    Returns
    -------
    DataFrame
        One row per tested gene, indexed by its column in ``x``: ``log2fc``, ``p`` of the two-sided
        test (normal approximation with correction for ties and continuity) and ``q``, Benjamini
        and Hochberg's over the tested genes. ``log2fc`` is log2 of the ratio of the means of
        ``1 + counts per 10,000``, as Seurat 4 has it.
    """
    columns = ["log2fc", "p", "q"]
    sides = [x[np.flatnonzero(mask)].tocsc() for mask in (ours, reference)]
    if not all(side.shape[0] for side in sides):
        return pd.DataFrame(columns=columns, dtype=float)
    detected = [side.getnnz(axis=0) for side in sides]
    enough = [
        n >= max(FEWEST_CELLS, DETECTED * side.shape[0])
        for n, side in zip(detected, sides, strict=True)
    ]
    tested = np.flatnonzero(enough[0] | enough[1])
    rows = []
    for start in range(0, len(tested), BLOCK):
        genes = tested[start : start + BLOCK]
        a, b = (side[:, genes].toarray().astype(np.float64) for side in sides)
        p = stats.mannwhitneyu(a, b, method="asymptotic", axis=0).pvalue
        log2fc = np.log2(np.expm1(a).mean(0) + 1) - np.log2(np.expm1(b).mean(0) + 1)
        rows.append(pd.DataFrame({"log2fc": log2fc, "p": p}, index=genes))
    if not rows:
        return pd.DataFrame(columns=columns, dtype=float)
    table = pd.concat(rows)
    table["p"] = table["p"].fillna(1)  # every cell of both sides has the same value
    return table.assign(q=stats.false_discovery_control(table["p"]))
