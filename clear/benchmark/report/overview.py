"""What the page says of a run, its failures, methods and costs, as plain texts."""

import json

import pandas as pd

from clear.benchmark.report.texts import DASH, duration, memory
from clear.benchmark.vocabulary import (
    NONE,
    RECIPES,
    TOLD,
    method_order,
    perturbation_words,
    status_words,
    title,
    with_recipe,
)

NOT_APPLICABLE = "not_applicable"


def summary(runs: pd.DataFrame, manifest: dict) -> list[tuple[str, str]]:
    """Return the key facts of a run as (term, text)."""
    days = sorted({str(when)[:10] for when in runs["started"].dropna()})
    counts, started = runs["status"].value_counts(), runs["isolated"].dropna()
    outcome = f"{counts.get('ok', 0)} of {len(runs)} succeeded"
    if NOT_APPLICABLE in counts:
        outcome += f", {counts[NOT_APPLICABLE]} not applicable"
    config, cards = manifest["config"], manifest["datasets"]
    datasets = [title(cards, name) for name in cards]
    methods = [title(manifest["methods"], name) for name in method_order(manifest)]
    return [
        ("Datasets", f"{len(datasets)}: {'; '.join(datasets)}"),
        ("Methods", f"{len(methods)}: {'; '.join(methods)}"),
        ("Seeds", ", ".join(map(str, config["seeds"]))),
        ("Recipes", ", ".join(f"{name} ({RECIPES[name]})" for name in config["recipes"])),
        ("Runs", outcome),
        ("Isolated", f"{int((started == 'yes').sum())} of {len(started)} runs that started"),
        ("Date (UTC)", " to ".join(dict.fromkeys(days[:1] + days[-1:])) or DASH),
        ("Host", _distinct(runs["host"])),
        ("Device", _distinct(runs["device"])),
        ("Source hash", manifest.get("source_hash") or DASH),
        ("Git commit", manifest.get("git_commit") or DASH),
        ("Versions", ", ".join(f"{k} {v}" for k, v in manifest["versions"].items()) or DASH),
    ]


def failures(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that should have succeeded and did not; seeds that failed alike share a row."""
    lost = runs[~runs["status"].isin(["ok", NOT_APPLICABLE])]
    return _alike(lost.assign(message=lost["message"].fillna(DASH)), manifest)


def not_applicable(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that nobody expects to succeed, with the reason."""
    rest = runs[runs["status"] == NOT_APPLICABLE]
    return _alike(rest.assign(message=rest["message"].fillna(DASH)), manifest)


def unscored(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that succeeded and gave no number, with what each task says of them."""
    without = runs[(runs["status"] == "ok") & (runs["scored"] == 0)]
    return _alike(without.assign(message=without["tasks"]), manifest)


def remarks(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that succeeded and about which something has to be said."""
    return _alike(runs[(runs["status"] == "ok") & runs["message"].fillna("").ne("")], manifest)


def not_isolated(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that started without isolation, with the reason."""
    open_runs = runs[runs["isolated"].notna() & (runs["isolated"] != "yes")]
    return _alike(open_runs.assign(message=open_runs["isolated"]), manifest)


def _alike(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    keys = ["dataset", "recipe", "perturbation", "method", "status", "message"]
    return [
        {
            "dataset": _input_words(*prepared, manifest),
            "method": title(manifest["methods"], method),
            "seeds": ", ".join(map(str, sorted(part["seed"]))),
            "status": status_words(status),
            "message": message,
        }
        for (*prepared, method, status, message), part in runs.groupby(keys, sort=False)
    ]


def methods(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return what each method is, what it was told and with what settings it ran."""
    rows = []
    for name in method_order(manifest):
        card = manifest["methods"][name]
        settings = card.get("settings") or {}
        told = [TOLD[what] for what in card.get("told") or []]
        told += [f"{target}: {name}" for target, name in (card.get("source_dataset") or {}).items()]
        stochastic, reproducible = card.get("stochastic", True), card.get("reproducible", True)
        rows.append(
            {
                "title": title(manifest["methods"], name),
                "id": name,
                "own": card.get("own"),
                "reference": card.get("reference"),
                "doi": card.get("doi"),
                "url": card.get("url"),
                "implementation": card.get("implementation", DASH),
                "language": card.get("language", DASH),
                "licence": card.get("licence"),
                "version": card.get("version"),
                "told": ", ".join(told) or "nothing",
                "settings": ", ".join(f"{k}: {_plain(v)}" for k, v in settings.items()) or DASH,
                "limits": _limits(card.get("limits") or {}),
                "seeds": "one run: no seed matters" if not stochastic else "a run per seed",
                "reproducible": "yes" if reproducible else "no",
                "versions": _versions(runs[runs["method"] == name]),
                "notes": " ".join(filter(None, [card.get("notes"), _tuned(card, manifest)])),
                "fidelity": _fidelity(card, manifest["methods"]),
            }
        )
    return rows


def _fidelity(card: dict, cards: dict) -> str | None:
    """Return how a reimplementation compares with its model; that of the card that it varies."""
    if card.get("implementation") != "reimplementation" or "fidelity" in card:
        return card.get("fidelity")
    varied = card.get("script")
    if varied is None:
        return None
    return f"As for {title(cards, varied) if varied in cards else varied}, whose script it shares."


def _tuned(card: dict, manifest: dict) -> str:
    cards = manifest["datasets"]
    names = ", ".join(title(cards, name) for name in card.get("tuned_on", []) if name in cards)
    return f"Its settings were chosen by scores on {names}." if names else ""


def costs(table: pd.DataFrame, manifest: dict) -> dict:
    """Return ``columns``, titles of prepared datasets, and ``rows``, the costs of each method."""
    keys = ["dataset", "recipe", "perturbation"]
    columns = [tuple(row) for row in table[keys].drop_duplicates().to_numpy()]
    cells = {(*(row[key] for key in keys), row["method"]): row for row in table.to_dict("records")}
    rows = [
        {
            "title": title(manifest["methods"], method),
            "cells": [_cost(cells.get((*column, method))) for column in columns],
        }
        for method in method_order(manifest)
    ]
    return {"columns": [_input_words(*column, manifest) for column in columns], "rows": rows}


def _cost(row: dict | None) -> tuple[str, str, str] | None:
    """Wall time, memory and GPU memory; None where no run succeeded."""
    if row is None or not row["succeeded"]:
        return None
    peaks = (memory(row[name]) for name in ("peak_memory_mb", "peak_gpu_memory_mb"))
    return duration(row["wall_s"]), *peaks


def _input_words(dataset: str, recipe: str, perturbation: str, manifest: dict) -> str:
    words = with_recipe(title(manifest["datasets"], dataset), recipe)
    return words if perturbation == NONE else f"{words}, {perturbation_words(perturbation)}"


def _distinct(column: pd.Series) -> str:
    return ", ".join(sorted(map(str, column.dropna().unique()))) or DASH


def _plain(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _limits(limits: dict) -> str:
    units = {"minutes": "min", "memory_gb": "GiB"}
    texts = [f"{limits[key]:g} {unit}" for key, unit in units.items() if limits.get(key)]
    return "\n".join(texts) or DASH


def _versions(runs: pd.DataFrame) -> str:
    """Package versions of a method's runs; several where runs differ."""
    seen = {}
    for text in runs["versions"].dropna():
        for package, version in json.loads(text).items():
            seen.setdefault(package, set()).add(str(version))
    return ", ".join(f"{name} {'/'.join(sorted(seen[name]))}" for name in sorted(seen)) or DASH
