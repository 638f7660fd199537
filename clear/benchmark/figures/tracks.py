"""What the figures of the statistics have in common: the tracks, the rows, the colours."""

import pandas as pd

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.task import Task
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import ESTIMATED_K, GIVEN_K, NONE, TRACKS, is_control

DRAWN_TRACKS = (GIVEN_K, ESTIMATED_K)
LINE, GRID, INK = "#7F7F7F", "#DDDDDD", "#1A1A1A"


def ranked(table: pd.DataFrame, recipe: str, **values) -> pd.DataFrame:
    """Return the rows of one recipe with the metric that ranks clusterings."""
    shown = {"recipe": recipe, "perturbation": NONE, "task": TASK.id, "metric": TASK.ranking}
    return rows_where(table, **shown, **values)


def heading(track: str) -> str:
    """Return the title of a track's panel."""
    return TRACKS[track][0].upper() + TRACKS[track][1:]


def of_task(manifest: dict, task: Task) -> dict:
    """Return a manifest with only the datasets and methods that have to do with a task."""

    def allowed(card: dict) -> bool:
        return is_control(card) or not set(card.get("told") or []) - set(task.told)

    datasets = {n: card for n, card in manifest["datasets"].items() if task.id in card["tasks"]}
    methods = {
        n: card for n, card in manifest["methods"].items() if task.served(card) and allowed(card)
    }
    return manifest | {"datasets": datasets, "methods": methods}
