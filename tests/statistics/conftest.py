"""Tables of scores from a few numbers."""

import pandas as pd
import pytest

from clear.benchmark.statistics.summary import statistics_table
from tests.statistics.scores import METRICS

ROW = {"recipe": "standard", "perturbation": "none", "task": "clustering", "scorer_sd": None}


@pytest.fixture
def metrics():
    return METRICS


@pytest.fixture
def tables():
    """Tables of scores and statistics from {(dataset, method): values or statuses by seed}."""

    def make(values, metric="ari"):
        rows = []
        for (dataset, method), runs in values.items():
            for seed, value in enumerate(runs):
                row = ROW | {"dataset": dataset, "method": method, "seed": seed}
                if isinstance(value, str):
                    row |= {"status": value, "track": None, "metric": None, "value": None}
                else:
                    row |= {"status": "ok", "track": "given_k", "metric": metric, "value": value}
                rows.append(row)
        scores = pd.DataFrame(rows).astype({"value": float})
        served = {method: ["given_k"] for _, method in values}
        return scores, statistics_table(scores, {"clustering": served})

    return make
