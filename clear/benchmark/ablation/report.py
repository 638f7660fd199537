"""The command that makes the table, the page and the figures from the runs."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from clear.benchmark.ablation.command import RUNS, sources
from clear.benchmark.ablation.page import PAGE, TABLE, presets_page
from clear.benchmark.ablation.plan import Arm, plan
from clear.benchmark.ablation.settings import shown
from clear.benchmark.ablation.store import read, table
from clear.benchmark.ablation.summary import by_dataset, means
from clear.benchmark.figures import ablation, style, training_curves
from clear.benchmark.tasks.collect import write_table
from clear.benchmark.vocabulary import TRACKS
from clear.errors import ClearError
from clear.files.atomic import atomic_path, write_text
from clear.presets import PRESETS

SCORES = {"ari": f"ARI, {TRACKS['given_k']}", "leiden_ari": f"ARI, {TRACKS['estimated_k']}"}
CHANGES = {score: f"change of {label}" for score, label in SCORES.items()}
DPI = 130


def report(results: Path, root: Path) -> None:
    """Write the table of runs, the page and its figures into ``docs`` of the repository.

    Parameters
    ----------
    results
        Folder that :func:`clear.benchmark.ablation.command.ablate` filled.
    root
        The repository.

    Raises
    ------
    ClearError
        When no run there was made by the present code.
    """
    code, arms = sources(), plan(PRESETS)
    keys = {arm.key for arm in arms}
    rows = read(results / RUNS)
    rows = [row for row in rows if row["sources"] == code and row["settings"] in keys]
    if not rows:
        raise ClearError(
            f"{results / RUNS} has no run made by the present code; run benchmarks/ablation.py."
        )
    runs = table(rows, code)
    write_table(runs, root / TABLE)
    write_text(root / PAGE, presets_page(root, PRESETS))
    datasets = list(dict.fromkeys(runs["dataset"]))
    figures = {
        "ablation_single": single_figure(runs, arms, datasets),
        "ablation_path": path_figure(runs, arms, datasets),
        "training_curves": curves_figure(rows, arms, datasets),
    }
    for name, figure in figures.items():
        with atomic_path(root / f"docs/{name}.png") as path:
            _save(figure, path)


def single_figure(runs: pd.DataFrame, arms: list[Arm], datasets: list[str]) -> Figure:
    """Draw what each switch alone changes."""
    (base,) = (arm for arm in arms if arm.design == "anchor" and arm.name == "released")
    single = [arm for arm in arms if arm.design == "single"]
    rows = _rows(runs, [(arm, _label(arm)) for arm in single], CHANGES, base.key)
    return ablation.draw(rows, CHANGES, datasets, dict.fromkeys(CHANGES, 0.0), "released")


def path_figure(runs: pd.DataFrame, arms: list[Arm], datasets: list[str]) -> Figure:
    """Draw the scores along the path."""
    start, base = (arm for arm in arms if arm.design == "anchor" and "released" in arm.name)
    steps = [(base, base.name)]
    steps += [(arm, f"+ {_label(arm)}") for arm in arms if arm.design == "path"]
    level = means(runs, start.key, list(SCORES))
    rows = _rows(runs, steps, SCORES, None)
    return ablation.draw(rows, SCORES, datasets, dict(level), "mean without training")


def curves_figure(rows: list[dict], arms: list[Arm], datasets: list[str]) -> Figure:
    """Draw the training curves of the presets as they are."""
    anchors = {arm.key: arm for arm in arms if arm.design == "anchor" and arm.preset.epochs > 1}
    parts = [pd.DataFrame(columns=["preset", "dataset", "seed", "epoch"])]
    for row in rows:
        if row["settings"] in anchors and row["status"] == "ok":
            arm = anchors[row["settings"]]
            curve = pd.DataFrame(row["history"])
            curve["loss"] /= curve["chance"].where(curve["chance"] > 0)
            curve["embedding_sd"] *= arm.preset.n_latent**0.5
            curve["epoch"] = range(1, len(curve) + 1)
            about = {name: row[name] for name in ("dataset", "seed")}
            parts.append(curve.assign(preset=arm.name, **about))
    names = [arm.name for arm in anchors.values()]
    return training_curves.draw(pd.concat(parts[1:] or parts), names, datasets)


def _save(figure: Figure, path: Path) -> None:
    """Write a PNG of 256 colours, a third of the usual size."""
    with style.look():
        figure.savefig(path, dpi=DPI)
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256)
    small.save(path, optimize=True)


def _label(arm: Arm) -> str:
    """Return the switch, with its values where it is a single setting."""
    if len(arm.switch.change) > 1:
        return f"{arm.name} ({len(arm.switch.change)} settings)"
    ((old, new),) = arm.switch.change.values()
    return f"{arm.name}: {shown(old)} \N{RIGHTWARDS ARROW} {shown(new)}"


def _rows(
    runs: pd.DataFrame, arms: list[tuple[Arm, str]], scores: Mapping, reference: str | None
) -> pd.DataFrame:
    """Return what :func:`clear.benchmark.figures.ablation.draw` reads."""
    parts = []
    for arm, label in arms:
        for score in scores:
            dots = by_dataset(runs, arm.key, score, reference).reset_index()
            mean = {"dataset": "", "value": dots["value"].mean(), "collapsed": False}
            about = {"heading": arm.towards, "label": label, "score": score}
            parts.append(pd.concat([dots, pd.DataFrame([mean])]).assign(**about))
    return pd.concat(parts, ignore_index=True)
