"""Several finished runs as one: the same benchmark, made in parts on different machines."""

import json
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from clear.benchmark.tsv import read_table
from clear.benchmark.vocabulary import NOT_RUN
from clear.errors import ClearError

RUN = ["dataset", "recipe", "perturbation", "method", "seed"]
SAME = ("quick", "recipes", "perturbations", "prepare", "scores")  # settings that scores hang on


@dataclass(frozen=True)
class Combined:
    """Runs as one.

    Attributes
    ----------
    scores, runs
        The tables ``scores.tsv`` and ``runs.tsv``, with the column ``part``: the place of the
        folder that a row is from.
    datasets, methods, tasks
        Of all manifests by id.
    configs
        The settings of each part.
    """

    scores: pd.DataFrame
    runs: pd.DataFrame
    datasets: dict[str, dict]
    methods: dict[str, dict]
    tasks: dict[str, dict]
    configs: list[dict]


def combine(folders: list[Path]) -> Combined:
    """Read finished runs and take each run of a method from the folder where it took place.

    A run that several folders planned is taken from the one where it was more than planned
    (:data:`~clear.benchmark.vocabulary.NOT_RUN`), from the first if that is none.

    Parameters
    ----------
    folders
        ``results/<run>`` of each, or what :func:`clear.benchmark.docs.results.keep.keep` made of it.

    Raises
    ------
    ClearError
        A table is missing; settings or cards differ in what scores hang on; a run took place in
        two folders.
    """
    manifests = [manifest_of(folder) for folder in folders]
    for (one, first), (other, second) in combinations(zip(folders, manifests, strict=True), 2):
        if key := _difference(first, second):
            raise ClearError(
                f"{one} and {other} differ in {key}: they are not parts of one benchmark. Give "
                "each a section of its own."
            )
    runs = pd.concat(
        [table_of(f, "runs").assign(part=i) for i, f in enumerate(folders)],
        ignore_index=True,
    )
    ran = ~runs["status"].isin(NOT_RUN)
    twice = runs[ran & runs[ran].duplicated(RUN, keep=False).reindex(runs.index, fill_value=False)]
    if len(twice):
        dataset, *_, method, seed = twice.iloc[0][RUN]
        places = " and ".join(str(folders[i]) for i in sorted(set(twice["part"])))
        raise ClearError(
            f"{method} ran on {dataset} with seed {seed} in {places}: leave the method out of one."
        )
    order = runs.assign(rest=~ran).sort_values("rest", kind="stable")
    runs = runs.loc[order.drop_duplicates(RUN).sort_index().index]
    scores = pd.concat(
        [table_of(f, "scores").assign(part=i) for i, f in enumerate(folders)],
        ignore_index=True,
    )
    return Combined(
        scores=scores.merge(runs[[*RUN, "part"]], on=[*RUN, "part"]),
        runs=runs.reset_index(drop=True),
        datasets=_union(manifests, "datasets"),
        methods=_union(manifests, "methods"),
        tasks=_union(manifests, "tasks"),
        configs=[manifest["config"] for manifest in manifests],
    )


def manifest_of(folder: Path) -> dict:
    """Read what was asked for in a finished run."""
    return json.loads(_file(folder, "run.json").read_text(encoding="utf-8"))


def table_of(folder: Path, name: str) -> pd.DataFrame:
    """Read ``<name>.tsv`` of a finished run, packed by gzip or not."""
    return read_table(_file(folder, f"{name}.tsv"))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise ClearError(f"{folder} has no {name}: name the folder of a finished run.")


def _difference(one: dict, other: dict) -> str | None:
    """Return the name of the first setting or card that differs."""
    for key in SAME:
        if one["config"][key] != other["config"][key]:
            return f"the setting {key}"
    for name in one["datasets"].keys() & other["datasets"].keys():
        if one["datasets"][name] != other["datasets"][name]:
            return f"the card of the dataset {name}"
    for name in one["methods"].keys() & other["methods"].keys():
        if one["methods"][name]["settings"] != other["methods"][name]["settings"]:
            return f"the settings of the method {name}"
    return None


def _union(manifests: list[dict], kind: str) -> dict[str, dict]:
    return {name: part for manifest in reversed(manifests) for name, part in manifest[kind].items()}
