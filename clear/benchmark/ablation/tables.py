"""The tables of an ablation as Markdown: presets, single switches, the path."""

import math

import pandas as pd

from clear.benchmark.ablation.plan import ANCHORS, Arm
from clear.benchmark.ablation.settings import shown
from clear.benchmark.ablation.summary import (
    SCORES,
    collapses,
    difference,
    failures,
    means,
    runs_of,
)

SCORE_TITLES = ("ARI", "NMI", "ARI, Leiden", "NMI, Leiden")
STATE = ["collapsed", "loss", "picked", "spread"]
NONE, MINUS = "\u2013", "\u2212"


def ablation_tables(table: pd.DataFrame, arms: list[Arm]) -> str:
    """Return the tables of an ablation as Markdown."""
    keys = {arm.key for arm in arms}
    table = table[table["settings"].isin(keys)]
    seeds, datasets = sorted(set(table["seed"])), list(dict.fromkeys(table["dataset"]))
    missing = len(keys) * len(seeds) * len(datasets) - len(table)
    failed = failures(table)
    parts = [
        f"Measured on {', '.join(datasets) or 'nothing yet'}, seeds {', '.join(map(str, seeds))}: ",
        f"{len(table)} runs",
        f", {missing} not done yet" if missing else "",
        f", {(table['status'] != 'ok').sum()} failed: {'; '.join(failed)}" if failed else "",
        f". Code {', '.join(sorted(set(table['sources'])))}.\n",
        "\n### The presets as they are\n\n",
        anchors_table(table, [arm for arm in arms if arm.design == "anchor"], datasets),
        "\n### `released` with one switch turned\n\n",
        single_table(table, arms),
        "\n### All switches in a row\n\n",
        path_table(table, arms),
    ]
    return "".join(parts)


def anchors_table(table: pd.DataFrame, arms: list[Arm], datasets: list[str]) -> str:
    """Return scores of the presets, dataset by dataset: mean and standard deviation over seeds."""
    rows = [["preset", *(f"ARI {name}" for name in datasets), *SCORE_TITLES, *STATE]]
    for arm in arms:
        ari = runs_of(table, arm.key)["ari"].astype(float).groupby("dataset")
        mean, sd = ari.mean(), ari.std()
        cells = [_spread(mean[name], sd[name]) if name in mean else NONE for name in datasets]
        rows.append([f"`{arm.name}`", *cells, *_means(table, arm), *_state(table, arm)])
    return _markdown(rows)


def single_table(table: pd.DataFrame, arms: list[Arm]) -> str:
    """Return what each switch alone changes, against the first preset."""
    (base,) = (arm for arm in arms if arm.name == ANCHORS[0] and arm.design == "anchor")
    rows = [["switch", "from → to", *(f"{title} change" for title in SCORE_TITLES), *STATE]]
    for arm in arms:
        if arm.design == "single":
            changes = [_difference(table, arm, base, score) for score in SCORES]
            rows.append([arm.name, change(arm), *changes, *_state(table, arm)])
    return _markdown(rows)


def path_table(table: pd.DataFrame, arms: list[Arm]) -> str:
    """Return the scores after each switch of the path, and what the last step changed."""
    (before,) = (arm for arm in arms if arm.name == ANCHORS[0] and arm.design == "anchor")
    rows = [["step", "towards", "from → to", "ARI change", *SCORE_TITLES, *STATE]]
    rows.append([f"`{before.name}`", "", "", "", *_means(table, before), *_state(table, before)])
    for arm in arms:
        if arm.design == "path":
            step = _difference(table, arm, before, "ari")
            about = [f"+ {arm.name}", f"`{arm.towards}`", change(arm), step]
            rows.append([*about, *_means(table, arm), *_state(table, arm)])
            before = arm
    return _markdown(rows)


def change(arm: Arm) -> str:
    """Return the settings that an arm's switch changes, with their values."""
    return ", ".join(
        f"`{name}` {shown(old)} → {shown(new)}" for name, (old, new) in arm.switch.change.items()
    )


def _means(table: pd.DataFrame, arm: Arm) -> list[str]:
    values = means(table, arm.key, list(SCORES))
    return [NONE if math.isnan(values[score]) else _number(values[score]) for score in SCORES]


def _state(table: pd.DataFrame, arm: Arm) -> list[str]:
    """Return the columns on the training; one that did not take place has no loss."""
    collapsed, runs = collapses(table, arm.key)
    if not runs:
        return [NONE] * len(STATE)
    own = runs_of(table, arm.key).astype({"loss": float, "chance": float})
    # The spectral loss of guessing is below 0: no share of it says anything.
    share = (own["loss"] / own["chance"].where(own["chance"] > 0)).groupby("dataset").mean().mean()
    values = means(table, arm.key, ["accuracy", "spread"])
    if arm.name.startswith("untrained"):
        return ["", "", "", _number(values["spread"])]
    numbers = (share, values["accuracy"], values["spread"])
    return [f"{collapsed} of {runs}", *(NONE if math.isnan(n) else _number(n) for n in numbers)]


def _difference(table: pd.DataFrame, arm: Arm, base: Arm, score: str) -> str:
    found = difference(table, arm.key, base.key, score)
    if not found.pairs:
        return NONE
    most = len(runs_of(table, base.key))
    pairs = f" ({found.pairs} of {most} pairs)" if found.pairs < most else ""
    return f"{found.mean:+.3f}{_error(found.error)}{pairs}".replace("-", MINUS)


def _error(error: float) -> str:
    return "" if math.isnan(error) else f" ± {error:.3f}"


def _spread(mean: float, sd: float) -> str:
    return _number(mean) if math.isnan(sd) else f"{_number(mean)} ± {sd:.2f}"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", MINUS)  # + 0: no minus zero


def _markdown(rows: list[list[str]]) -> str:
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
