"""What a figure asks of ``scores.tsv``: that it fits its run, and the rows of one task."""

import pandas as pd

from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.vocabulary import NONE, STANDARD, STATUSES
from clear.errors import ClearError


def check_scores(scores: pd.DataFrame, manifest: dict) -> None:
    """Refuse scores with an unknown status or metric, or with what the manifest does not list.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    manifest
        The content of ``run.json``.

    Raises
    ------
    ClearError
        Naming the first value that does not fit.
    """
    for name, known, where in (
        ("metric", all_metrics(), "clear/benchmark/metrics/"),
        ("status", {"ok", *STATUSES}, "clear/benchmark/vocabulary.py"),
        ("method", manifest["methods"], "run.json"),
        ("dataset", manifest["datasets"], "run.json"),
    ):
        for value in scores[name].dropna().unique():
            if value not in known:
                raise ClearError(
                    f"The scores have the {name} '{value}', which {where} does not have; scores, "
                    "run.json and the code must belong together."
                )


def clustering_rows(scores: pd.DataFrame, recipe: str = STANDARD) -> pd.DataFrame:
    """Return the clustering rows of one recipe, unperturbed."""
    here = (scores["recipe"] == recipe) & (scores["perturbation"] == NONE)
    return scores[here & (scores["task"] == "clustering")]
