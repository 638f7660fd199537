"""What the rules ask: inputs, parameters and orders, for given wildcards.

Snakemake repeats a job when its recorded parameters change. Everything here that becomes one
therefore holds no path of this machine, and no more of a card than the step depends on.
"""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from clear.benchmark.cards import load_cards
from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.methods.environment import requirements
from clear.benchmark.plan import Plan
from clear.benchmark.record import failures
from clear.benchmark.rule_code import RuleCode
from clear.benchmark.schemas import read_schemas

FETCH = "id files path packaged simulate canonical"
READ = (
    f"{FETCH} alternatives reader reader_options annotations derive genes label label_rule batch "
    "stage stages unit expected"
)
PREPARE = "id organism unit tasks batch stage stages"
RUNNER = "clear/benchmark/methods/runner/__main__.py"


def preparation(wildcards) -> str:
    """Return the folder of an input below ``data`` and of what is made of it below ``methods``."""
    return f"{wildcards.dataset}/{wildcards.recipe}/{wildcards.perturbation}"


class Workflow:
    """A plan in the terms of Snakemake.

    Parameters
    ----------
    plan
        The checked configuration.
    root
        The repository.
    with_conda
        Whether Snakemake makes the environments; else uv makes those that need their own.
    """

    def __init__(self, plan: Plan, root: Path, with_conda: bool):
        self.plan = plan
        self.root = root
        self.with_conda = with_conda
        self.code = RuleCode(root, with_conda)
        self.run = f"results/{plan.config['run']}"
        self.environments = {
            card["env"]: str(card["_env"])
            for card in plan.methods.values()
            if card["isolated"] and not with_conda
        }

    def sources(self, *names: str) -> Callable:
        """Return a parameter of a rule: what code it runs.

        Parameters
        ----------
        names
            The rule's script, and what no import in it shows, as templates and modules that are
            loaded by name; see :meth:`clear.benchmark.rule_code.RuleCode.files`.
        """
        files = self.code.files(*names)
        return lambda wildcards: self.code.of(files)

    def reading(self, wildcards) -> dict:
        """Return what code reads a dataset: the readers that its card names count, no others."""
        card = self.plan.datasets[wildcards.dataset]
        readers = set()
        if "simulate" not in card:
            readers = {of_source(card, source)["reader"] for source in sources(card)}
        if any(Path(file).name == f"{card['id']}.h5ad" for file in self.local_files(wildcards)):
            readers.add("h5ad")  # a ready-made file on the mirror
        return self.code.reading(readers)

    def scoring(self, wildcards) -> dict:
        """Return what code scores a task."""
        return self.code.scoring(wildcards.task)

    def failures(self, folder: str):
        """Return the parameter by which a step that failed is tried again by the next command."""
        return lambda wildcards: failures(Path(folder.format(**dict(wildcards.items()))))

    def fetch_card(self, wildcards) -> dict:
        """Return what fetching depends on; a new title elsewhere downloads nothing again."""
        card = self._part(wildcards.dataset, FETCH)
        others = self.plan.datasets[wildcards.dataset].get("alternatives")
        files = [{"name": other["name"], "files": other["files"]} for other in others or []]
        return card | ({"alternatives": files} if files else {})

    def mirror(self, wildcards) -> str | None:
        """Return the mirror, for datasets that have files to look for there."""
        has_files = "files" in self.plan.datasets[wildcards.dataset]
        return self.plan.config["mirror"] if has_files else None

    def checksums(self, wildcards, input) -> str:
        """Return the table of checksums that stands beside the folder of the dataset's card.

        Like :meth:`start` it looks at ``input`` so that Snakemake does not watch it.
        """
        return str(self.plan.datasets[wildcards.dataset]["_file"].parents[1] / "checksums.tsv")

    def all_files(self, wildcards) -> list[dict]:
        """Return the files of every dataset card that there is, chosen or not."""
        folders = [self.root / "config"]
        if self.plan.config["extra_cards"]:
            folders.append(Path(self.plan.config["extra_cards"]).expanduser())
        cards = load_cards("datasets", folders, read_schemas(self.root)["dataset"])
        keys = ("id", "files", "alternatives")
        return [{key: card[key] for key in keys if key in card} for card in cards.values()]

    def read_card(self, wildcards) -> dict:
        """Return what reading depends on."""
        return self._part(wildcards.dataset, READ)

    def prepare_card(self, wildcards) -> dict:
        """Return what preparing depends on."""
        return self._part(wildcards.dataset, PREPARE)

    def prepare_settings(self, wildcards) -> dict:
        """Return the settings of the preparation."""
        return self.plan.prepare(wildcards.dataset, wildcards.recipe)

    def quality_settings(self, wildcards) -> dict[str, dict]:
        """Return the settings of the preparation of every recipe."""
        dataset = wildcards.dataset
        return {
            recipe: self.plan.prepare(dataset, recipe) for recipe in self.plan.config["recipes"]
        }

    def local_files(self, wildcards) -> list[str]:
        """Return local files that fetch will take: when they change, so does what follows."""
        card, mirror = self.plan.datasets[wildcards.dataset], self.plan.config["mirror"]
        if "path" in card:
            path = Path(card["path"])
            # A change inside a folder shows in the youngest thing in it, not in its own time.
            inside = [path, *path.rglob("*")] if path.exists() else []
            return [str(max(inside, key=lambda p: p.lstat().st_mtime_ns))] if inside else []
        if not mirror or "files" not in card:
            return []
        files = [f for name in sources(card) for f in of_source(card, name)["files"]]
        names = dict.fromkeys([file["name"] for file in files] + [f"{card['id']}.h5ad"])
        return [str(path) for name in names if (path := Path(mirror) / name).exists()]

    def folders(self, wildcards, method: str | None = None, first: bool = False) -> list[str]:
        """Return the run folders of a method on a dataset, for all its seeds or the first."""
        method = method or wildcards.method
        place = f"{self.run}/methods/{preparation(wildcards)}/{method}"
        seeds = self.plan.seeds(method)
        return [f"{place}/seed{seed}" for seed in (seeds[:1] if first else seeds)]

    def first_folders(self, wildcards) -> list[str]:
        """Return one run folder of every method on a dataset."""
        methods = self.plan.methods
        return [self.folders(wildcards, method, first=True)[0] for method in methods]

    def environment(self, card: dict) -> str | None:
        """Return the record of the environment that uv builds for a method, if it needs one."""
        name = card["env"]
        return f"results/envs/{name}/record" if name in self.environments else None

    def environment_file(self, wildcards, input) -> str:
        """Return the file of an environment that uv builds; see :meth:`start` for ``input``."""
        return self.environments[wildcards.env]

    def requirements(self, wildcards) -> list[str]:
        """Return the packages of an environment that uv builds."""
        python, packages = requirements(Path(self.environments[wildcards.env]))
        return [f"python {python}", *packages]

    def start(self, wildcards, input) -> str:
        """Return the command that takes orders.

        It looks at ``input`` because Snakemake does not watch such parameters: another
        machine's path of Python is no reason to run a method again. An environment of conda
        has its own ``python``.
        """
        python = "python" if self.with_conda else sys.executable
        runner = os.path.relpath(self.root / RUNNER)
        return shlex.join([python, "-I", runner, sys.executable])

    def order(self, wildcards, card: dict) -> str:
        """Return what is to be run, as JSON."""
        output = f"{self.run}/methods/{preparation(wildcards)}/{card['id']}/seed{wildcards.seed}"
        terms = {
            "method": card["id"],
            "dataset": wildcards.dataset,
            "recipe": wildcards.recipe,
            "perturbation": wildcards.perturbation,
            "seed": int(wildcards.seed),
            "language": card["language"],
            "script": os.path.relpath(card["_script"]),
            "data": f"{self.run}/data/{preparation(wildcards)}",
            "told": card["told"],
            "output": output,
            "environment": self.environment(card),
            "settings": self.plan.settings(card["id"]),
            "threads": card["threads"],
            "device": self.plan.config["device"] if card["gpu"] else "cpu",
            "minutes": self.plan.limit(card["id"], "minutes"),
            "memory_gb": self.plan.limit(card["id"], "memory_gb"),
            "outputs": card["outputs"],
            "not_applicable": self.plan.not_applicable(wildcards.dataset, card["id"]),
        }
        terms |= self.code.method(card, terms["settings"])
        return json.dumps(terms, sort_keys=True)

    def _part(self, dataset: str, keys: str) -> dict:
        card = self.plan.datasets[dataset]
        return {key: card[key] for key in keys.split() if key in card}
