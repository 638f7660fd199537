"""From a configuration to a plan: all that it names is found and checked."""

from functools import partial
from pathlib import Path

from clear.benchmark.cards import find_cards, load_cards, select
from clear.benchmark.casestudy.declared import check_tables
from clear.benchmark.casestudy.gene_sets import read_gmt
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.perturbations import of_datasets
from clear.benchmark.plan.method_files import with_files
from clear.benchmark.plan.plan import Plan
from clear.benchmark.schemas import read_schemas
from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.source_dataset import check_names, named_sources
from clear.benchmark.tuning import tuned
from clear.benchmark.variants import generated_methods
from clear.benchmark.yaml_file import short
from clear.effect import refuse_without_effect
from clear.errors import ClearError
from clear.presets import PRESETS, get_preset

ALL = "all"  # in the place of the methods: every one for a task of the datasets


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
        methods={name: with_files(card, root) for name, card in chosen.items()},
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


def _keep_apart(cards: dict[str, dict]) -> None:
    """Refuse stand-ins beside the paper's datasets, so that nobody mistakes one for the other."""
    by_group = {card["group"]: name for name, card in cards.items()}
    if {"dev", "paper"} <= by_group.keys():
        raise CardError(
            f"datasets: '{by_group['dev']}' is a stand-in for development, '{by_group['paper']}' a "
            "dataset of the paper; they never share a table. Make two runs of them (run=...)."
        )
