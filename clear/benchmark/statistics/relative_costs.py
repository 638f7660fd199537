"""``relative_costs.tsv``: time and memory of every method as multiples of CLEAR's."""

import numpy as np
import pandas as pd

KEYS = ["recipe", "perturbation"]
MEASURED = ("wall_s", "peak_memory_mb")
COLUMNS = [*KEYS, "reference", "method", "datasets", *MEASURED, "reference_wall_s"]
COLUMNS += ["reference_peak_memory_mb"]


def relative_costs_table(costs: pd.DataFrame, references: list[str]) -> pd.DataFrame:
    """Return geometric means of ratios over the datasets on which both succeeded.

    Parameters
    ----------
    costs
        The table ``costs.tsv``.
    references
        Methods that all others are compared with.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: a row per pair with a common dataset, the ratios of
        :data:`MEASURED` and, in seconds and MiB, the reference's own geometric means over all
        datasets on which it succeeded.
    """
    rows = []
    for setting, part in costs.groupby(KEYS, sort=False):
        wide = {
            name: np.log(part.pivot(index="dataset", columns="method", values=name).astype(float))
            for name in MEASURED
        }
        for reference in references:
            for method in dict.fromkeys(part["method"]):
                pairs = {
                    name: table[[reference, method]].dropna()
                    for name, table in wide.items()
                    if method != reference and reference in table
                }
                if pairs and len(pairs["wall_s"]):
                    row = dict(zip(KEYS, setting, strict=True))
                    row |= {"reference": reference, "method": method}
                    row["datasets"] = len(pairs["wall_s"])
                    for name, logs in pairs.items():
                        row[name] = np.exp((logs[method] - logs[reference]).mean())
                        row[f"reference_{name}"] = np.exp(wide[name][reference].mean())
                    rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)
