"""``costs.tsv``: what a run of each method takes on each dataset."""

import pandas as pd

from clear.benchmark.vocabulary import COSTS

KEYS = ["dataset", "recipe", "perturbation", "method"]
COLUMNS = [*KEYS, "succeeded", "planned", *COSTS]


def costs_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return medians over the runs that succeeded: a timeout says nothing of what a method needs.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: numbers of runs, times in seconds, memory in MiB.
    """
    ok = runs["status"] == "ok"
    numbers = runs[list(COSTS)].apply(pd.to_numeric, errors="coerce").where(ok)
    table = runs[KEYS].assign(succeeded=ok.astype(int), planned=1).join(numbers)
    how = {"succeeded": "sum", "planned": "sum"} | dict.fromkeys(COSTS, "median")
    return table.groupby(KEYS, sort=False).agg(how).reset_index()[COLUMNS]
