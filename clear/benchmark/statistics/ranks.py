"""The ranking table: every number that the report's first table shows.

On one dataset a method's score is its mean over seeds. For its rank, a run that failed counts
as the lowest score that any ranked run reached there, and a method without any score is last.
Over all datasets, the rank is the mean of the ranks on each (Friedman 1937), the score the mean
of the scores. Ranks never mix tracks or metrics. Controls are shown and not ranked; a method
that was not installed or not applicable is not ranked on that dataset. Recipes of the datasets
have rankings of their own.
"""

from collections import Counter

import numpy as np
import pandas as pd

from clear.benchmark.vocabulary import (
    METRICS,
    NOT_RUN,
    TRACKS,
    check_scores,
    clustering_rows,
    is_control,
    method_order,
    recipes,
    served_tracks,
)

ALL = "*"  # stands for all datasets; no card can have this id
UNDEFINED = "undefined"  # a run that succeeded, on which this metric has no value


def rank_table(scores: pd.DataFrame, manifest: dict) -> list[dict]:
    """Rank methods within every dataset, track and metric, and over all datasets.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    manifest
        The content of ``run.json``.

    Returns
    -------
    list of dict
        In the order of recipes, datasets (:data:`ALL` first), tracks, metrics and then ranks,
        with the keys recipe, dataset, track, metric, method, control; ``rank`` (from 1, ties
        share their mean rank; None if not ranked), ``mean`` and ``sd`` over seeds (sample
        standard deviation; over all datasets the means of both; None where there is none),
        ``scored`` and ``planned`` (runs), ``lost`` (status of the other runs: number),
        ``datasets`` (those with a score) and ``of`` (those where it was planned).

    Raises
    ------
    ClearError
        For an unknown status or metric, or what the manifest does not list.
    """
    check_scores(scores, manifest)
    return [
        {"recipe": recipe, **row}
        for recipe in recipes(manifest)
        for row in _rank_recipe(clustering_rows(scores, recipe), manifest)
    ]


def _rank_recipe(scores: pd.DataFrame, manifest: dict) -> list[dict]:
    """Rows of one recipe of all datasets."""
    table = []
    for track in TRACKS:
        on_track = scores[scores["track"] == track]
        for metric in (name for name in METRICS if name in set(on_track["metric"])):
            cells = [
                cell
                for dataset in manifest["datasets"]
                for cell in _rank_dataset(scores, manifest, dataset, track, metric)
            ]
            table += _over_datasets(cells, manifest) + cells
    place = {name: i for i, name in enumerate([ALL, *manifest["datasets"]])}
    table.sort(key=lambda row: place[row["dataset"]])  # stable: the rest keeps its order
    return table


def _rank_dataset(scores, manifest: dict, dataset: str, track: str, metric: str) -> list[dict]:
    """Rows of one dataset, track and metric, best rank first."""
    here = scores[scores["dataset"] == dataset]
    rows = []
    for method in method_order(manifest):
        runs = here[here["method"] == method]
        if runs.empty:
            continue
        status = runs.groupby("seed")["status"].first()
        mine = runs[(runs["track"] == track) & (runs["metric"] == metric)]
        served = len(mine) or (
            track in served_tracks(manifest["methods"][method]) and "ok" not in set(status)
        )
        if not served:
            continue
        values = mine["value"].dropna().to_numpy(float)
        lost = Counter(status[status != "ok"])
        if undefined := len(status) - lost.total() - len(values):
            lost[UNDEFINED] = undefined
        rows.append(
            {
                "dataset": dataset,
                "track": track,
                "metric": metric,
                "method": method,
                "control": is_control(manifest["methods"][method]),
                "rank": None,
                "mean": float(values.mean()) if len(values) else None,
                "sd": float(values.std(ddof=1)) if len(values) > 1 else None,
                "scored": len(values),
                "planned": len(status),
                "lost": dict(lost),
                "datasets": int(len(values) > 0),
                "of": 1,
                "_values": values,
            }
        )
    if METRICS[metric].high is not None:
        _rank(rows)
    for row in rows:
        del row["_values"]
    return _sorted(rows)


def _rank(rows: list[dict]) -> None:
    """Fill in the ranks on one dataset; failed runs count as the lowest score there."""
    entrants = [row for row in rows if not row["control"] and not _only_not_run(row)]
    reached = [value for row in entrants for value in row["_values"]]
    scores = []
    for row in entrants:
        failed = sum(n for status, n in row["lost"].items() if status not in NOT_RUN)
        values = [*row["_values"], *[min(reached, default=0)] * failed]
        # Rounded, so that means that differ in the last bit only are ties.
        scores.append(round(float(np.mean(values)), 10) if len(row["_values"]) else -np.inf)
    for row, rank in zip(entrants, pd.Series(scores).rank(ascending=False), strict=True):
        row["rank"] = float(rank)


def _only_not_run(row: dict) -> bool:
    return row["scored"] == 0 and set(row["lost"]) <= NOT_RUN


def _over_datasets(cells: list[dict], manifest: dict) -> list[dict]:
    """Rows over all datasets of one track and metric, best mean rank first."""
    rows = []
    for method in method_order(manifest):
        mine = [cell for cell in cells if cell["method"] == method]
        if not mine:
            continue
        lost = Counter()
        for cell in mine:
            lost.update(cell["lost"])
        row = {key: mine[0][key] for key in ("track", "metric", "method", "control")}
        row |= {key: _mean(cell[key] for cell in mine) for key in ("rank", "mean", "sd")}
        row |= {key: sum(c[key] for c in mine) for key in ("scored", "planned", "datasets", "of")}
        rows.append({"dataset": ALL, **row, "lost": dict(lost)})
    return _sorted(rows)


def _mean(values) -> float | None:
    present = [value for value in values if value is not None]
    return float(np.mean(present)) if present else None


def _sorted(rows: list[dict]) -> list[dict]:
    """Ranked rows first, then unranked, then controls; otherwise the order stays."""
    return sorted(rows, key=lambda row: (row["control"], row["rank"] or np.inf))
