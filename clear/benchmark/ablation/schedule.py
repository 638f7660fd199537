"""Which runs are still to be done, and how long they will take."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.optimize import nnls

from clear.benchmark.ablation.plan import Arm
from clear.benchmark.ablation.store import identity


class Run(NamedTuple):
    """An arm on a dataset with a seed, and the hash of the sources that would make it."""

    arm: Arm
    dataset: str
    seed: int
    sources: str

    @property
    def row(self) -> dict:
        """The columns of the table that say which run this is."""
        return {
            "settings": self.arm.key,
            "dataset": self.dataset,
            "seed": self.seed,
            "sources": self.sources,
            "arm": self.arm.name,
        }


def waiting(
    arms: list[Arm], datasets: list[str], seeds: int, sources: str, done: Iterable[dict]
) -> list[Run]:
    """Return the runs that are not done, each once, in the order in which to do them.

    All of the first seed come before the second one, and the anchors before the rest, so that
    an ablation that is stopped early has its columns filled evenly.
    """
    known = {identity(row) for row in done}
    runs = []
    for seed in range(seeds):
        for arm in arms:
            for dataset in datasets:
                run = Run(arm, dataset, seed, sources)
                if identity(run.row) not in known:
                    known.add(identity(run.row))
                    runs.append(run)
    return runs


def remaining_seconds(
    runs: Iterable[Run], finished: Iterable[tuple[Run, float]], cells: dict[str, int], jobs: int
) -> float:
    """Estimate how long runs will take, from those that are finished.

    A run costs something by itself and something for each cell of each epoch; both are fitted
    by least squares and are never below 0.

    Parameters
    ----------
    runs
        What is still to be done.
    finished
        Runs with the seconds that each took.
    cells
        Number of cells of each dataset.
    jobs
        Runs side by side.

    Returns
    -------
    float
        NaN as long as what is finished cannot tell the two apart.
    """

    def terms(run: Run) -> tuple[float, float]:
        return 1.0, float(cells[run.dataset] * run.arm.preset.for_cells(cells[run.dataset]).epochs)

    finished = list(finished)
    known = np.array([terms(run) for run, _ in finished])
    if np.linalg.matrix_rank(known) < 2:
        return math.nan
    costs, _ = nnls(known, np.array([taken for _, taken in finished]))
    return float(sum(costs @ terms(run) for run in runs)) / jobs
