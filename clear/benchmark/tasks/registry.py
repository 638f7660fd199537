"""All tasks: those that a module of this package scores, and those without a score."""

from functools import cache

from clear.benchmark.discover import defined
from clear.benchmark.tasks.task import Task
from clear.benchmark.vocabulary import UNSCORED_TASKS
from clear.errors import ClearError

UNSCORED = "has no score"


@cache
def all_tasks() -> dict[str, Task]:
    """Return every task that is scored: what the modules of this package call ``TASK``.

    Raises
    ------
    ClearError
        When a task's id is not its module's name.
    """
    found = defined("clear.benchmark.tasks", "TASK")
    for name, task in found.items():
        if task.id != name:
            raise ClearError(f"clear/benchmark/tasks/{name}.py: the task's id is '{task.id}'.")
    return found


def task_names() -> list[str]:
    """Return the tasks that cards may name, scored or planned."""
    return list(dict.fromkeys([*all_tasks(), *UNSCORED_TASKS]))


def without_curves(table):
    """Return the rows of a table (column ``track``) that are not points of a curve."""
    curves = {
        name for task in all_tasks().values() for name, track in task.tracks.items() if track.curve
    }
    return table[~table["track"].isin(curves)]


def why_not(name: str, dataset: dict, method: dict) -> str | None:
    """Return why a task of a dataset does not score a method; None where it does.

    Parameters
    ----------
    name
        A task that the card of the dataset names.
    dataset, method
        Cards.
    """
    return all_tasks()[name].obstacle(dataset, method) if name in all_tasks() else UNSCORED
