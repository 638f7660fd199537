"""Tables of scores of a few rows, and the rows of their ranks."""

import pandas as pd

from clear.benchmark.statistics.ranks import rank_table
from clear.benchmark.statistics.summary import lost_runs, statistics_table
from clear.benchmark.tasks.clustering import TASK

ROW = {
    "recipe": "standard",
    "perturbation": "none",
    "task": "clustering",
    "status": "ok",
    "scorer_sd": None,
}
METRICS = {
    "ari": {"better": "higher", "low": -0.5, "high": 1},
    "n_clusters": {"better": None, "low": 1, "high": None},
    "error": {"better": "lower", "low": 0, "high": None},
}


def ranked(scores, tuned_on=None, **implementations):
    """Rows of the table of ranks; outputs of a method other than an embedding after its kind."""
    kinds = {name: kind.split() for name, kind in implementations.items()}
    served = {
        name: TASK.served({"outputs": kind[1:] or ["embedding"]}) for name, kind in kinds.items()
    }
    statistics = statistics_table(scores, {"clustering": served, "batch": served})
    controls = [name for name, kind in kinds.items() if kind[0] == "control"]
    table = rank_table(statistics, METRICS, controls, tuned_on or {}).astype(object)
    return table.where(table.notna(), None).to_dict("records")


def make_scores(rows, track="given_k", metric="ari"):
    """Rows of (dataset, method, seed, value or status)."""
    table = []
    for dataset, method, seed, value in rows:
        row = ROW | {"dataset": dataset, "method": method, "seed": seed}
        if isinstance(value, str):
            row |= {"status": value, "track": None, "metric": None, "value": float("nan")}
        else:
            row |= {"track": track, "metric": metric, "value": value}
        table.append(row)
    return pd.DataFrame(table)


def rows_of(table, dataset, track="given_k", metric="ari"):
    view = (dataset, track, metric)
    return {
        row["method"]: row | {"lost": lost_runs(row["lost"])}
        for row in table
        if (row["dataset"], row["track"], row["metric"]) == view
    }


METHODS = {"a": "upstream", "b": "upstream", "c": "reimplementation", "d": "upstream"}
