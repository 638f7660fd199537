"""The errors of both tests where the truth is known: on a simulated cohort."""

import pandas as pd

from clear.benchmark.casestudy.differential import ALPHA
from clear.benchmark.data.cohort_genes import MONOCYTES, true_changes

ERRORS = ["changed", "false_cells", "missed_cells", "false_donors", "missed_donors"]


def with_truth(
    contrasts: pd.DataFrame, genes: pd.DataFrame, strength: float | None
) -> pd.DataFrame:
    """Add to ``contrasts.tsv`` how many genes change, and how many either test gets wrong.

    Parameters
    ----------
    contrasts, genes
        The tables of :func:`.differential.differential`.
    strength
        What the differences were multiplied by; None where the truth is not known, and nothing
        is added.

    Returns
    -------
    DataFrame
        With the columns :data:`ERRORS`: ``changed`` genes of those that one of the tests looked at;
        ``false`` ones, found but unchanged; ``missed`` ones of those that the test looked at.
    """
    if strength is None:
        return contrasts
    changes = true_changes(strength)
    changes = changes[changes["log2fc"] != 0]
    rows = []
    for kind, status in contrasts[["type", "status"]].itertuples(index=False):
        part = genes[(genes["type"] == kind) & (genes["status"] == status)]
        true = changes.loc[changes["status"] == status, "gene"] if kind in MONOCYTES else []
        changed = part["gene"].isin(true)
        row = {"changed": int(changed.sum())}
        for unit in ("cells", "donors"):
            called = part[f"q_{unit}"] < ALPHA
            row[f"false_{unit}"] = int((called & ~changed).sum())
            row[f"missed_{unit}"] = int((changed & ~called & part[f"p_{unit}"].notna()).sum())
        rows.append(row)
    return pd.concat([contrasts, pd.DataFrame(rows, columns=ERRORS, dtype=int)], axis=1)
