"""Statistics of combined runs, computed as a run's own are: from scores and cards alone."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clear.benchmark.docs.results.combine import Combined
from clear.benchmark.statistics.differences import differences_table
from clear.benchmark.statistics.mean_ranks import mean_rank_table
from clear.benchmark.statistics.ranks import rank_table
from clear.benchmark.statistics.summary import statistics_table
from clear.benchmark.tasks.registry import all_tasks, without_curves
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, STANDARD, is_control

REFERENCES = ("clear", "clear_paper")
CLUSTERING = "clustering"


@dataclass(frozen=True)
class Measures:
    """Tables of a task, in the recipe ``standard`` and without perturbation.

    Attributes
    ----------
    combined
        What they are made from.
    name
        Of the task.
    """

    combined: Combined
    name: str = CLUSTERING

    @property
    def task(self) -> dict:
        """The task's part of the manifest."""
        return self.combined.tasks[self.name]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Rows of ``scores.tsv`` that count here."""
        here = {"task": self.name, "recipe": STANDARD, "perturbation": NONE}
        return without_curves(rows_where(self.combined.scores, **here))

    @cached_property
    def statistics(self) -> pd.DataFrame:
        """As ``statistics.tsv``."""
        task = all_tasks()[self.name]
        served = {name: task.served(card) for name, card in self.combined.methods.items()}
        return statistics_table(self.scores, {self.name: served})

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """As ``ranks.tsv``."""
        return rank_table(self.statistics, *self._cards)

    @cached_property
    def mean_ranks(self) -> pd.DataFrame:
        """As ``mean_ranks.tsv``."""
        return mean_rank_table(self.statistics, *self._cards)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """As ``differences.tsv``, against those of :data:`REFERENCES` that are there."""
        metrics, controls, tuned_on = self._cards
        references = [name for name in REFERENCES if name in self.combined.methods]
        return differences_table(
            self.scores, self.statistics, metrics, references, controls, tuned_on
        )

    @property
    def _cards(self) -> tuple[dict, list[str], dict]:
        cards = self.combined.methods
        controls = [name for name, card in cards.items() if is_control(card)]
        tuned_on = {name: card.get("tuned_on") or [] for name, card in cards.items()}
        return self.task["metrics"], controls, tuned_on
