"""The manifest of a run: what was asked for, in full."""

import contextlib
import hashlib
import json
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from clear.benchmark.code_hash import ROOT
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.plan import Plan
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.vocabulary import UNSCORED_TASKS


def manifest(plan: Plan) -> dict:
    """Return the settings and cards of a run as plain values, in full."""
    return {
        "config": plan.config,
        "ablation": plan.ablation,
        "tuning": plan.tuning,
        "datasets": {name: _public(card) for name, card in plan.datasets.items()},
        "sources": {name: _public(card) for name, card in plan.sources.items()},
        "methods": {
            name: _public(card)
            | {"settings": plan.settings(name), "seeds": plan.seeds(name)}
            | {"limits": {key: plan.limit(name, key) for key in ("minutes", "memory_gb")}}
            for name, card in plan.methods.items()
        },
        "tasks": {
            name: task_record(name) | {"unscored": _unscored(name, plan)}
            for card in plan.datasets.values()
            for name in card["tasks"]
        },
    }


def digest(manifest: dict) -> str:
    """Return a hash of a manifest, which differs when anything in it does."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]


def code_state() -> dict:
    """Return the state of the code that writes a page: versions, commit, hash of all sources."""
    names = ("clear-sc", "snakemake", "torch", "numpy", "scipy", "pandas", "anndata", "scanpy")
    names += ("scikit-learn", "umap-learn", "igraph", "leidenalg", "scvi-tools", "matplotlib")
    files = [*ROOT.glob("clear/**/*.py"), *ROOT.glob("scripts/**/*.*"), *ROOT.glob("rules/*.smk")]
    return {
        "versions": {name: found for name in names if (found := _version(name))},
        "git_commit": _git_commit(),
        "source_hash": _text_hash(path for path in files if path.suffix != ".pyc"),
    }


def _version(package: str) -> str | None:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version(package)


def _text_hash(files: Iterable[Path]) -> str:
    """Return a hash of the names and the whole text of files, comments included."""
    found = hashlib.sha256()
    for path in sorted(files):
        if path.is_file():
            found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


def task_record(name: str) -> dict:
    """Return what a reader must know of a task, or only its title where nothing scores it yet."""
    task = all_tasks().get(name)
    if task is None:
        return {"title": UNSCORED_TASKS[name], "scored": False}
    tracks = {
        key: {"title": track.title, "of": track.of}
        for key, track in task.tracks.items()
        if not track.curve
    }
    kinds = {track.of for track in task.tracks.values()}
    metrics = {
        key: {k: v for k, v in vars(metric).items() if k != "function"}
        for key, metric in all_metrics().items()
        if metric.of in kinds
    }
    about = {"title": task.title, "scored": True, "about": task.about, "ranking": task.ranking}
    return about | {"tracks": tracks, "metrics": metrics}


def _unscored(task: str, plan: Plan) -> list[dict]:
    """Return which methods a task does not score on which of its datasets, and why."""
    found = {}
    for dataset, card in plan.datasets.items():
        for method in plan.methods if task in card["tasks"] else []:
            if reason := plan.scoring(dataset, method)[task]:
                found.setdefault((method, reason), []).append(dataset)
    return [{"method": m, "reason": why, "datasets": names} for (m, why), names in found.items()]


def _public(card: dict) -> dict:
    """Return a card without the paths of this machine, and whether it is the user's own."""
    keys = {key: value for key, value in card.items() if not key.startswith("_")}
    return json.loads(json.dumps(keys)) | {"own": ROOT / "config" not in card["_file"].parents}


def _git_commit() -> str | None:
    """Commit of the repository, marked when files differ from it; None outside git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if Path(git("rev-parse", "--show-toplevel")) != ROOT:
            return None
        return git("rev-parse", "HEAD") + (" (modified)" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
