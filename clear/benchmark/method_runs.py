"""Folders, environments and orders of the runs of methods."""

import json
import os
import shlex
import sys
from functools import cache

from clear.benchmark.methods.environment import requirements
from clear.benchmark.methods.gpus import has_gpu
from clear.benchmark.plan import Plan
from clear.benchmark.rule_code import METHODS, RuleCode
from clear.benchmark.source_dataset import source_dataset
from clear.benchmark.vocabulary import NONE


class MethodRuns:
    """What the rules of methods, and those that read their runs, ask."""

    def __init__(self, plan: Plan, code: RuleCode, run: str):
        self.plan = plan
        self.code = code
        self.run = run
        self.used = cache(self._used)  # the same for all runs of a method
        self.environments = {
            card["env"]: card["_env"]
            for card in plan.methods.values()
            if card["isolated"] and not code.with_conda
        }
        self.packages = {name: requirements(file) for name, file in self.environments.items()}

    def folders(self, wildcards) -> list[str]:
        """Return the run folders of a method on a dataset, for all its seeds."""
        method = wildcards.method
        return [self._folder(wildcards, method, seed) for seed in self.plan.seeds(method)]

    def first_folders(self, wildcards) -> list[str]:
        """Return one run folder of every method on a dataset."""
        return self._first(wildcards, self.plan.methods)

    def close_up_folders(self, wildcards) -> list[str]:
        """Return the run folders, for all seeds, of every method that Fig. 2C shows."""
        methods = self.plan.config["close_up"]["methods"]
        return [self._folder(wildcards, m, seed) for m in methods for seed in self.plan.seeds(m)]

    def case_study_folder(self, wildcards) -> str:
        """Return the run folder of a method that a case study shows: its first seed."""
        name = f"{wildcards.dataset}/{wildcards.recipe}/{NONE}/{wildcards.method}"
        return f"{self.run}/methods/{name}/seed{self.plan.seeds(wildcards.method)[0]}"

    def study_planes(self, wildcards) -> list[str]:
        """Return the UMAPs that the case study of a dataset has anyway, a file per method."""
        if wildcards.perturbation != NONE:
            return []
        return [
            f"{self.run}/casestudy/{dataset}/{recipe}/{method}/umap.tsv"
            for dataset, recipe, method in [*self.plan.case_studies, *self.plan.atlases]
            if (dataset, recipe) == (wildcards.dataset, wildcards.recipe)
        ]

    def environment(self, card: dict) -> str | None:
        """Return the record of the environment that uv builds for a method, if it needs one."""
        name = card["env"]
        return f"results/envs/{name}/record" if name in self.environments else None

    def environment_file(self, wildcards, input) -> str:
        """Return the file of an environment that uv builds; see :meth:`start` for ``input``."""
        return str(self.environments[wildcards.env])

    def requirements(self, wildcards) -> list[str]:
        """Return the packages of an environment that uv builds."""
        python, packages = self.packages[wildcards.env]
        return [f"python {python}", *packages]

    def gpus(self, wildcards, card: dict, workflow) -> int:
        """Return how many GPUs a run takes; on this machine none where there is none."""
        device = self.plan.config["device"]
        return int(
            card["gpu"]
            and device != "cpu"
            and (device == "cuda" or not workflow.local_exec or has_gpu())
        )

    def start(self, wildcards, input) -> str:
        """Return the command that takes orders.

        It looks at ``input`` because Snakemake does not watch such parameters: another
        machine's path of Python is no reason to run a method again. An environment of conda
        has its own ``python``.
        """
        python = "python" if self.code.with_conda else sys.executable
        runner = os.path.relpath(self.code.root / METHODS / "runner/__main__.py")
        return shlex.join([python, "-I", runner, sys.executable])

    def order(self, wildcards, card: dict) -> str:
        """Return what is to be run, as JSON (:mod:`clear.benchmark.methods.runner.order`)."""
        method, dataset = card["id"], wildcards.dataset
        # it knows the labels of another dataset, whose own run must not find them
        own = f"/{dataset}" if "source" in card["told"] else ""
        terms = {
            "method": method,
            "dataset": dataset,
            "recipe": wildcards.recipe,
            "perturbation": wildcards.perturbation,
            "seed": int(wildcards.seed),
            "language": card["language"],
            "script": os.path.relpath(card["_script"]),
            "data": f"{self.run}/data/{_prepared(wildcards)}",
            "cache": f"results/cache/{method}{own}",
            "told": card["told"],
            "source": self._source(wildcards, card),
            "output": self._folder(wildcards, method, wildcards.seed),
            "environment": self.environment(card),
            "settings": self.plan.settings(method),
            "threads": card["threads"],
            "device": self.plan.config["device"] if card["gpu"] else "cpu",
            "minutes": self.plan.limit(method, "minutes"),
            "memory_gb": self.plan.limit(method, "memory_gb"),
            "outputs": card["outputs"],
            "not_applicable": self.plan.not_applicable(dataset, method),
        }
        terms |= self.used(method)
        return json.dumps(terms, sort_keys=True)

    def source_data(self, wildcards, card: dict) -> list[str]:
        """Return the folder of the dataset that a method learns from, if it has one here."""
        source = self._source(wildcards, card)
        return [source["data"]] if source else []

    def _used(self, method: str) -> dict:
        """Return what code a method runs through."""
        return self.code.method(self.plan.methods[method], self.plan.settings(method))

    def _source(self, wildcards, card: dict) -> dict | None:
        """Return id and folder of that dataset: prepared by the same recipe, never perturbed."""
        target = wildcards.dataset
        if "source" not in card["told"] or self.plan.not_applicable(target, card["id"]):
            return None
        name = source_dataset(card, target)
        return {"dataset": name, "data": f"{self.run}/data/{name}/{wildcards.recipe}/{NONE}"}

    def _first(self, wildcards, methods) -> list[str]:
        return [self._folder(wildcards, name, self.plan.seeds(name)[0]) for name in methods]

    def _folder(self, wildcards, method: str, seed: int | str) -> str:
        return f"{self.run}/methods/{_prepared(wildcards)}/{method}/seed{seed}"


def _prepared(wildcards) -> str:
    return f"{wildcards.dataset}/{wildcards.recipe}/{wildcards.perturbation}"
