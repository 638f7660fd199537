"""``costs.tsv``: what a run of each method takes on each dataset."""

import pandas as pd

KEYS = ["dataset", "recipe", "perturbation", "method"]
MEASURES = ["wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb"]
COLUMNS = [*KEYS, "succeeded", "planned", *MEASURES]


def costs_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return medians over the runs that succeeded: a timeout says nothing of what a method needs.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: numbers of runs, times in seconds, memory in MiB.
    """
    ok = runs["status"] == "ok"
    numbers = runs[MEASURES].apply(pd.to_numeric, errors="coerce").where(ok)
    table = runs[KEYS].assign(succeeded=ok.astype(int), planned=1).join(numbers)
    how = {"succeeded": "sum", "planned": "sum"} | dict.fromkeys(MEASURES, "median")
    return table.groupby(KEYS, sort=False).agg(how).reset_index()[COLUMNS]
