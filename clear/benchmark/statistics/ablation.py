"""What each switch of an ablation changes, in pairs of runs with the same dataset and seed."""

import math
from collections.abc import Iterator

import pandas as pd

from clear.benchmark.statistics.ranks import ALL

GROUP = ["recipe", "perturbation", "task", "track", "metric"]
COLUMNS = [*GROUP, "design", "towards", "name", "change", "method", "reference", "dataset"]
COLUMNS += ["mean", "mean_error", "difference", "difference_error", "pairs"]


def ablation_table(scores: pd.DataFrame, arms: list[dict]) -> pd.DataFrame:
    """Compare every arm with the one that it names as its reference.

    Returns
    -------
    DataFrame
        One row per metric, arm and dataset, and one over all datasets (:data:`ALL`):
        ``mean`` over seeds (then over datasets), ``difference`` from the reference in the same
        order, ``mean_error`` and ``difference_error``, their standard errors over seeds with the
        datasets as they are, and ``pairs``, the number of pairs of runs.
        ``reference`` is the method that the arm names, none of an anchor.
    """
    scores = scores[scores["value"].notna()]
    rows = []
    for group, part in scores.groupby(GROUP, sort=False):
        wide = part.pivot(index=["dataset", "seed"], columns="method", values="value")
        for arm in arms:
            if arm["method"] in wide:
                about = dict(zip(GROUP, group, strict=True)) | _about(arm)
                rows += [about | row for row in _compare(wide, arm["method"], arm["reference"])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _about(arm: dict) -> dict:
    changes = [f"{name} {old} → {new}" for name, (old, new) in arm["change"].items()]
    kept = {key: arm[key] for key in ("design", "towards", "name", "method", "reference")}
    return kept | {"change": ", ".join(changes)}


def _compare(wide: pd.DataFrame, method: str, reference: str | None) -> Iterator[dict]:
    """Yield the rows of one arm: all datasets, then each."""
    own = wide[method].dropna()
    change = (own - wide[reference]).dropna() if reference in wide else own[:0]
    yield {"dataset": ALL} | _summary(own, change)
    for dataset, values in own.groupby("dataset", sort=False):
        mine = change[change.index.get_level_values("dataset") == dataset]
        yield {"dataset": dataset} | _summary(values, mine)


def _summary(own: pd.Series, change: pd.Series) -> dict:
    return {
        "mean": _mean(own),
        "mean_error": _error(own),
        "difference": _mean(change),
        "difference_error": _error(change),
        "pairs": len(change),
    }


def _mean(values: pd.Series) -> float:
    return values.groupby("dataset").mean().mean()


def _error(values: pd.Series) -> float:
    # Only seeds that every dataset has: a mean over other datasets is another number.
    per_seed = values.unstack("dataset").dropna().mean(axis=1)
    return per_seed.sem() if len(per_seed) > 1 else math.nan
