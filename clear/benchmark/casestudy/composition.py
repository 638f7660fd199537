"""The share of each type in each donor, and whether statuses differ: donors are the sample."""

import numpy as np
import pandas as pd

from clear.benchmark.casestudy.declared import UNSURE
from clear.benchmark.casestudy.ranksum import compare

SHARES = ["type", "status", "donor", "cells", "total", "share"]
TESTS = ["type", "status", "reference", "donors", "reference_donors", "mean", "reference_mean"]
TESTS += ["difference", "low", "high", "p", "q", "reason"]
FEWEST = 2  # donors of a status that is tested


def named(types: pd.DataFrame) -> pd.Series:
    """Return the type of each cell, by cell; ``unsure`` where its cluster's is not sure."""
    return types.set_index("cell")["type"].where(types["sure"].to_numpy(dtype=bool), UNSURE)


def shares(types: pd.DataFrame, truth: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the share of each type in each donor.

    Parameters
    ----------
    types
        Columns cell, type, sure.
    truth
        By cell: donor, status.
    order
        All types in the order of the rows.

    Returns
    -------
    DataFrame
        Columns type, status, donor, cells, total (the donor's cells), share. A type that a donor
        has no cell of has the share 0 there.
    """
    if types.empty:
        return pd.DataFrame(columns=SHARES)
    kind = named(types)
    of_cell = truth.loc[kind.index, ["donor", "status"]].assign(type=kind)
    counts = of_cell.groupby(["donor", "type"]).size().unstack(fill_value=0)
    table = counts.stack().rename("cells").reset_index()
    table["total"] = table["donor"].map(counts.sum(axis=1))
    table["status"] = table["donor"].map(of_cell.groupby("donor")["status"].first())
    table["share"] = table["cells"] / table["total"]
    place = {name: number for number, name in enumerate([*order, *sorted(set(kind) - {*order})])}
    table["place"] = table["type"].map(place)
    return table.sort_values(["place", "donor"], ignore_index=True)[SHARES]


def tests(table: pd.DataFrame, statuses: list[str]) -> pd.DataFrame:
    """Compare the shares of each type in donors of each status with those of the first.

    Wilcoxon's rank sum test over donors (:func:`~.ranksum.compare`), corrected over all types and
    statuses by Benjamini and Hochberg (1995).

    Parameters
    ----------
    table
        What :func:`shares` returns.
    statuses
        The first is the reference.

    Returns
    -------
    DataFrame
        Columns type, status, reference, donors, reference_donors, mean, reference_mean (of the
        donors' shares), difference, low, high (95 % interval of the difference), p, q, and
        reason: why there is no test, or no interval.
    """
    from scipy.stats import false_discovery_control

    if table.empty:
        return pd.DataFrame(columns=TESTS)
    reference, *others = statuses
    rows = []
    for kind, of_type in table.groupby("type", sort=False):
        by_status = {name: part["share"].to_numpy() for name, part in of_type.groupby("status")}
        base = by_status.get(reference, np.array([]))
        for status in others:
            own = by_status.get(status, np.array([]))
            row = [kind, status, reference, len(own), len(base), _mean(own), _mean(base)]
            if min(len(own), len(base)) < FEWEST:
                few = status if len(own) < FEWEST else reference
                number = len(by_status.get(few, ()))
                why = f"no test: {number} donor{'s' * (number != 1)} with the status {few}"
                rows.append([*row, *[np.nan] * 5, why])
                continue
            found = compare(own, base)
            why = "" if np.isfinite(found.low) else "too few donors for an interval of 95 %"
            rows.append([*row, *found, np.nan, why])
    result = pd.DataFrame(rows, columns=TESTS)
    tested = result["p"].notna()
    if tested.any():
        result.loc[tested, "q"] = false_discovery_control(result.loc[tested, "p"])
    return result


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
