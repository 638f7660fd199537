"""The tables that are shown of an embedding's scores, as texts."""

import dataclasses

import pandas as pd

from clear.benchmark.metrics.metric import Metric, metrics_of
from clear.benchmark.report.texts import DASH, number
from clear.benchmark.statistics.placement import MINE, Comparison
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tasks.registry import all_tasks, without_curves
from clear.benchmark.tasks.task import Task
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import is_control, status_words, title

STANDING = ["Place", "Method", "Mean", "SD over seeds", "Least to most", "SD of scorer", "Runs"]


@dataclasses.dataclass(frozen=True)
class Shown:
    """A table as shown: texts, what stands under it, and which row is the user's."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""
    mine: int | None = None


def tables(scores: pd.DataFrame, comparison: Comparison | None) -> list[Shown]:
    """Return the tables that are shown of scores and, with a run, of the places among methods."""
    shown = []
    scores = without_curves(scores)
    for task_id, rows in scores.groupby("task", sort=False):
        task = all_tasks()[task_id]
        cells = {
            (row.track, row.metric): _score(row, task)
            for row in rows.dropna(subset="metric").itertuples()
        }
        lost = rows[rows["metric"].isna()]
        why = [f"{row.track}: no score, {row.message}" for row in lost.itertuples()]
        tracks = [f"{t}: {task.tracks[t].title}" for t in dict.fromkeys(rows["track"])]
        note = "; ".join([*tracks, *why]) + ". ±: standard deviation over the scorer's seeds."
        shown.append(_grid(task, cells, task.title, note))
        if comparison:
            shown += _places(comparison, task)
    return shown


def _score(row, task: Task) -> str:
    digits = 3 if _metrics(task)[row.metric].better else 1
    value = number(row.value, digits)
    return value if pd.isna(row.scorer_sd) else f"{value} ± {number(row.scorer_sd, digits)}"


def _metrics(task: Task) -> dict[str, Metric]:
    kinds = dict.fromkeys(track.of for track in task.tracks.values())
    return {name: metric for kind in kinds for name, metric in metrics_of(kind).items()}


def _grid(task: Task, cells: dict, heading: str, note: str) -> Shown:
    """Lay cells by (track, metric) out as a table of metrics x tracks."""
    tracks = [name for name in task.tracks if any(track == name for track, _ in cells)]
    rows = [
        [metric.title, *(cells.get((track, name), DASH) for track in tracks)]
        for name, metric in _metrics(task).items()
        if any(name == found for _, found in cells)
    ]
    return Shown(heading, ["Metric", *tracks], rows, note)


def _places(comparison: Comparison, task: Task) -> list[Shown]:
    places = comparison.places[comparison.places["task"] == task.id]
    cells = {
        (row.track, row.metric): f"{row.place:g} of {row.of} ({row.low} to {row.high})"
        for row in places.itertuples()
    }
    note = (
        "In brackets: 95 % of the places if one run of each method is drawn at random; the spread "
        "of your own method over seeds is not in it."
    )
    heading = f"{task.title}: place among the ranked methods on {comparison.dataset}"
    shown = [_grid(task, cells, heading, note)]
    ranking = {track.of: name for track in task.tracks.values() for name in _ranks(task, track.of)}
    for track in dict.fromkeys(places["track"]):
        metric = ranking[task.tracks[track].of]
        rows = rows_where(comparison.standing, task=task.id, track=track, metric=metric)
        words = task.tracks[track].title
        heading = f"{words[0].upper()}{words[1:]}, {_metrics(task)[metric].title}"
        mine = rows["method"].tolist().index(MINE)
        texts = [_standing(row, comparison.methods) for row in rows.itertuples()]
        shown.append(Shown(heading, STANDING, texts, mine=mine))
    return shown


def _ranks(task: Task, kind: str) -> list[str]:
    """Return the metric of a kind by which methods are listed: the task's own or the first."""
    of_kind = [name for name, metric in _metrics(task).items() if metric.of == kind]
    return [task.ranking] if task.ranking in of_kind else of_kind[:1]


def _standing(row, methods: dict[str, dict]) -> list[str]:
    mine = row.method == MINE
    if not mine and is_control(methods[row.method]):
        place = "control"
    else:
        place = f"{row.rank:g}" if pd.notna(row.rank) else "tuned here" if row.tuned else DASH
    lost = [f"{n} {status_words(status)}" for status, n in lost_runs(row.lost).items()]
    return [
        place,
        "your embedding" if mine else title(methods, row.method),
        number(row.mean, 3),
        number(row.sd, 3),
        DASH if row.scored < 2 else f"{number(row.min, 3)} to {number(row.max, 3)}",
        number(row.scorer_sd, 3),
        ", ".join([f"{row.scored} / {row.planned}", *lost]),
    ]
