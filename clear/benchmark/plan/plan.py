"""The plan of a run: which method runs on which dataset with which seed."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from clear.benchmark.data.prepare.recipes import settings_of
from clear.benchmark.plan.obstacles import obstacle
from clear.benchmark.source_dataset import source_dataset
from clear.benchmark.tasks.registry import all_tasks, why_not
from clear.benchmark.vocabulary import NONE, is_control
from clear.presets import PRESETS


@dataclass(frozen=True)
class Plan:
    """A checked configuration with the cards that it names.

    Attributes
    ----------
    config
        Settings with defaults filled in; ``perturbations`` by dataset, without ``none``.
    all_datasets
        Reads every dataset card that there is, chosen or not.
    datasets, methods
        Chosen cards by id, in the order of the settings; generated ones first.
    named_sources
        Cards, by id, of datasets that a method is to learn from and that were not chosen.
    ablation
        What each generated method is for (:func:`clear.benchmark.ablation.ablation`).
    tuning
        The configurations of each method (:func:`clear.benchmark.tuning.tuned`).
    """

    config: dict
    all_datasets: Callable[[], dict[str, dict]]
    datasets: dict[str, dict]
    methods: dict[str, dict]
    named_sources: dict[str, dict]
    ablation: list[dict]
    tuning: list[dict]

    @property
    def preparations(self) -> list[tuple[str, str, str]]:
        """Every input that methods get as (dataset, recipe, perturbation)."""
        return [
            (dataset, recipe, perturbation)
            for dataset, recipe in itertools.product(self.datasets, self.config["recipes"])
            for perturbation in [NONE, *self.config["perturbations"].get(dataset, [])]
        ]

    @property
    def case_studies(self) -> list[tuple[str, str, str]]:
        """Every embedding that the case study of a cohort shows as (dataset, recipe, method)."""
        return self._with_markers(donors=True)

    @property
    def atlases(self) -> list[tuple[str, str, str]]:
        """The same of case studies without donors and statuses."""
        return self._with_markers(donors=False)

    @property
    def sources(self) -> dict[str, dict]:
        """Cards of the datasets that are there to be learned from only: nothing runs on them."""
        used = {
            source_dataset(card, target)
            for name, card in self.methods.items()
            for target in self.datasets
            if not self.not_applicable(target, name)
        }
        return {name: card for name, card in self.named_sources.items() if name in used}

    @property
    def references(self) -> list[str]:
        """CLEAR with each of its presets as it is and told nothing, the paper's first."""
        presets = {
            name: card["settings"].get("preset")
            for name, card in self.methods.items()
            if not (card["settings"].get("changes") or card["told"] or is_control(card))
        }
        names = [name for name, preset in presets.items() if preset in PRESETS]
        return sorted(names, key=lambda name: presets[name] != "paper")

    def seeds(self, method: str) -> list[int]:
        """Seeds of a method: all of them, or the first where the seed does not matter."""
        seeds = sorted(self.config["seeds"])  # what shows one seed shows the first
        return seeds if self.methods[method]["stochastic"] else seeds[:1]

    def runs(self) -> list[tuple[str, str, str, str, int]]:
        """Every planned run as (dataset, recipe, perturbation, method, seed)."""
        return [
            (*preparation, method, seed)
            for preparation in self.preparations
            for method in self.methods
            for seed in self.seeds(method)
        ]

    def scoring(self, dataset: str, method: str) -> dict[str, str | None]:
        """For each task of a dataset: why it does not score a method, or None where it does."""
        card, method_card = self.datasets[dataset], self.methods[method]
        return {task: why_not(task, card, method_card) for task in card["tasks"]}

    def scored(self) -> list[tuple[str, str, str, str, str]]:
        """Everything that is scored as (task, dataset, recipe, perturbation, method)."""
        return [
            (task, *preparation, method)
            for preparation in self.preparations
            for method in self.methods
            for task, obstacle in self.scoring(preparation[0], method).items()
            if obstacle is None
        ]

    def served(self) -> dict[str, dict[str, list[str]]]:
        """For each task that is scored, the tracks that the card of each method serves."""
        return {
            name: {method: task.served(card) for method, card in self.methods.items()}
            for name, task in all_tasks().items()
        }

    def settings(self, method: str) -> dict:
        """Return the settings that the method's script is given."""
        card = self.methods[method]
        return _merged(card["settings"], card["quick_settings"] if self.config["quick"] else {})

    def prepare(self, dataset: str, recipe: str) -> dict:
        """Return the settings by which a recipe prepares a dataset or a source."""
        card = (self.datasets | self.named_sources)[dataset]
        return settings_of(recipe, self.config["prepare"], card["prepare"])

    def limit(self, method: str, name: str) -> float:
        """Limit ``minutes`` or ``memory_gb`` of one run: the card's, or the run's if lower."""
        return min(
            filter(None, (self.methods[method]["limits"][name], self.config["limits"][name]))
        )

    def _with_markers(self, donors: bool) -> list[tuple[str, str, str]]:
        return [
            (dataset, recipe, method)
            for dataset, card in self.datasets.items()
            for recipe in self.config["recipes"]
            for method, own in self.methods.items()
            if card.get("markers") and ("donor" in card) == donors
            if "embedding" in own["outputs"] and not self.not_applicable(dataset, method)
        ]

    def not_applicable(self, dataset: str, method: str) -> str | None:
        """Why a method cannot work on a dataset, as far as the cards say; else None."""
        return obstacle(
            self.methods[method],
            self.datasets[dataset],
            scored=not all(self.scoring(dataset, method).values()),
            known=self.datasets | self.named_sources,
        )


def _merged(settings: dict, quick: dict) -> dict:
    """Return settings with others in their place; of mappings, such as changes, single keys."""
    both = {key for key in settings if isinstance(settings[key], dict) and key in quick}
    return settings | quick | {key: settings[key] | quick[key] for key in both}
