"""The plan of a run: which method runs on which dataset with which seed."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from clear.benchmark.cards import find_cards, load_cards, select
from clear.benchmark.casestudy.declared import check_tables
from clear.benchmark.casestudy.gene_sets import read_gmt
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.data.prepare.recipes import settings_of
from clear.benchmark.methods.environment import packages
from clear.benchmark.perturbations import of_datasets
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.source_dataset import (
    check_names,
    named_sources,
    source_dataset,
    why_no_source,
)
from clear.benchmark.tasks.registry import all_tasks, why_not
from clear.benchmark.tuning import tuned
from clear.benchmark.variants import generated_methods
from clear.benchmark.vocabulary import NONE, TOLD, is_control
from clear.benchmark.yaml_file import short
from clear.effect import refuse_without_effect
from clear.errors import ClearError
from clear.presets import PRESETS, get_preset

# What the card of a dataset must fill before a method can be told something.
NEEDED_TO_TELL = {
    "n_clusters": ("label",),
    "labels": ("label",),
    "batch": ("batch",),
    "labels_of_one_batch": ("batch", "label"),
    "root": ("stage",),
}
SUFFIX = {"python": ".py", "R": ".R"}
ALL = "all"  # in the place of the methods: every one for a task of the datasets


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
        seeds = self.config["seeds"]
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
        """Why a method cannot work on a dataset, as far as the cards say; else None.

        It runs where its card shares a task with the dataset's, scored yet or not, or where a
        task of the dataset can score what it writes.
        """
        ours, its = self.methods[method]["tasks"], self.datasets[dataset]["tasks"]
        if not set(ours) & set(its) and all(self.scoring(dataset, method).values()):
            return (
                f"is made for {', '.join(ours)}; the dataset is for {', '.join(its)}, where "
                "nothing that the method writes can be scored"
            )
        known = self.datasets | self.named_sources
        if obstacle := why_no_source(self.methods[method], dataset, known):
            return obstacle
        for fact in set(self.methods[method]["told"]) & set(NEEDED_TO_TELL):
            for key in NEEDED_TO_TELL[fact]:
                if not self.datasets[dataset][key]:
                    return f"is told {TOLD[fact]}; the dataset's card has no {key}"
        unit, units = self.datasets[dataset]["unit"], self.methods[method].get("units")
        if units and unit not in units:
            return f"works with {', '.join(units)}; the unit of this dataset is {unit}"
        return None


def load_plan(config: dict, root: Path) -> Plan:
    """Check a configuration and the cards that it names.

    Parameters
    ----------
    config
        Settings as Snakemake merged them from files and the command line.
    root
        The repository.

    Raises
    ------
    CardError
        With everything that is wrong with the first file that is wrong.
    """
    schemas = read_schemas(root)
    config = validate(config, schemas["config"], "config/config.yaml, --configfile or --config")
    folders = [root / "config"]
    if config["extra_cards"]:
        extra = _folder(config, "extra_cards").resolve()
        if not any((extra / kind).is_dir() for kind in ("datasets", "methods")):
            raise CardError(f"extra_cards: {extra} holds neither datasets/ nor methods/.")
        folders.append(extra)
    if config["mirror"]:
        config["mirror"] = str(_folder(config, "mirror"))
    if config["gmt"]:
        read_gmt(Path(config["gmt"]).expanduser())
    wanted = select("datasets", config["datasets"], folders, schemas["dataset"])
    for card in wanted.values():
        check_tables(card)
    _keep_apart(wanted)
    if config["methods"] == [ALL]:
        tasks = {task for card in wanted.values() for task in card["tasks"]}
        every = load_cards("methods", folders, schemas["method"])
        config["methods"] = [name for name, card in every.items() if tasks & {*card["tasks"]}]
    chosen = select("methods", config["methods"], folders, schemas["method"])
    ours = partial(load_cards, "methods", folders[:1], schemas["method"])
    generated, records = generated_methods(config["ablation"], config["variants"], ours)
    others, configurations = tuned(chosen) if config["tuning"] else ({}, [])
    chosen = generated | chosen | others
    known = find_cards("datasets", folders)
    config["perturbations"] = of_datasets(config["perturbations"], list(wanted), known)
    for card in chosen.values():
        check_names(card, known)
    sources = [name for name in named_sources(chosen.values(), wanted) if name not in wanted]
    sources = select("datasets", sources, folders, schemas["dataset"])
    plan = Plan(
        config=config,
        all_datasets=partial(load_cards, "datasets", folders, schemas["dataset"]),
        datasets={name: with_source(card) for name, card in wanted.items()},
        methods={name: _with_files(card, root) for name, card in chosen.items()},
        named_sources={name: with_source(card) for name, card in sources.items()},
        ablation=records,
        tuning=configurations,
    )
    _reduce_close_up(plan, folders)
    for name, card in plan.methods.items():
        if card["_script"] == root / "scripts/methods/clear/run.py":
            _check_preset(plan.settings(name), card)
    return plan


def _reduce_close_up(plan: Plan, folders: list[Path]) -> None:
    """Leave of ``close_up`` what is in the run; a shorter run needs no other setting."""
    chosen = {"datasets": plan.datasets, "methods": plan.methods}
    for kind, names in plan.config["close_up"].items():
        known = {*find_cards(kind, folders), *chosen[kind]}
        for name in names:
            if name not in known:
                raise CardError(
                    f"close_up.{kind}: there is no {kind[:-1]} '{name}'.{nearest(name, known)}"
                )
        plan.config["close_up"][kind] = [name for name in names if name in chosen[kind]]


def _folder(config: dict, key: str) -> Path:
    """Return the folder that a setting names."""
    try:
        folder = Path(config[key]).expanduser()
    except RuntimeError:  # ~ of somebody who is not known here
        folder = Path(config[key])
    if not folder.is_dir():
        raise CardError(f"{key}: there is no folder {folder}; correct the setting or leave it out.")
    return folder


def _check_preset(settings: dict, card: dict) -> None:
    """Refuse settings that CLEAR's script could not train with."""
    changes = settings.get("changes") or {}
    try:
        preset = get_preset(settings.get("preset", "recommended"), **changes)
        refuse_without_effect(preset, PRESETS, batches="batch" in card["told"])
    except (ClearError, TypeError) as error:
        raise CardError(f"{short(card['_file'])}: settings: {error}") from None


def _merged(settings: dict, quick: dict) -> dict:
    """Return settings with others in their place; of mappings, such as changes, single keys."""
    both = {key for key in settings if isinstance(settings[key], dict) and key in quick}
    return settings | quick | {key: settings[key] | quick[key] for key in both}


def _keep_apart(cards: dict[str, dict]) -> None:
    """Refuse stand-ins beside the paper's datasets, so that nobody mistakes one for the other."""
    by_group = {card["group"]: name for name, card in cards.items()}
    if {"dev", "paper"} <= by_group.keys():
        raise CardError(
            f"datasets: '{by_group['dev']}' is a stand-in for development, '{by_group['paper']}' a "
            "dataset of the paper; they never share a table. Make two runs of them (run=...)."
        )


def _with_files(card: dict, root: Path) -> dict:
    """Add the paths of a method's script and environment, which lie beside its card or ours."""
    name = f"{card.get('script', card['id'])}/run{SUFFIX[card['language']]}"
    beside = card["_file"].parent
    ours = root / "scripts/methods"
    scripts = [ours / name] if beside == root / "config/methods" else [beside / name, ours / name]
    script = next((path for path in scripts if path.exists()), None)
    if script is None:
        raise CardError(
            f"method '{card['id']}': its script {scripts[0]} does not exist; write it, or name "
            "the folder of another method's script with 'script'."
        )
    places = [card["_file"].parents[1] / "envs", root / "envs"]
    names = [place / f"{card['env']}.yaml" for place in places]
    env = next((name for name in names if name.exists()), None)
    if env is None:
        raise CardError(f"method '{card['id']}': env '{card['env']}': {names[-1]} does not exist.")
    packages(env)
    return card | {"_script": script, "_env": env}
