"""What the page shows beside the ranking, as plain texts; missing values read ``–``."""

import json
import math
from pathlib import Path

import pandas as pd

from clear.benchmark.report.provenance import DASH, provenance
from clear.benchmark.vocabulary import (
    RECIPES,
    method_order,
    recipes,
    status_words,
    title,
    with_recipe,
)

TOLD = {
    "n_clusters": "the number of cell types",
    "batch": "the batch of each cell",
    "labels": "the true cell types",
}


def number(value, digits: int) -> str:
    """Return a number with fixed decimals, or a dash where there is none."""
    return DASH if value is None or pd.isna(value) else f"{value:.{digits}f}"


def whole(value) -> str:
    """Return a whole number with thousands separated, or a dash."""
    return DASH if value is None or pd.isna(value) else f"{int(value):,}"


def summary(runs: pd.DataFrame, manifest: dict) -> list[tuple[str, str]]:
    """Return the key facts of a run as (term, text)."""
    days = sorted({str(when)[:10] for when in runs["started"].dropna()})
    ok = int((runs["status"] == "ok").sum())
    names = {key: [title(manifest[key], x) for x in manifest[key]] for key in ("datasets",)}
    names["methods"] = [title(manifest["methods"], x) for x in method_order(manifest)]
    return [
        ("Datasets", f"{len(names['datasets'])}: {', '.join(names['datasets'])}"),
        ("Methods", f"{len(names['methods'])}: {', '.join(names['methods'])}"),
        ("Seeds", ", ".join(map(str, manifest["seeds"]))),
        ("Recipes", ", ".join(f"{name} ({RECIPES[name]})" for name in recipes(manifest))),
        ("Runs", f"{ok} of {len(runs)} succeeded"),
        ("Date (UTC)", " to ".join(dict.fromkeys(days[:1] + days[-1:])) or DASH),
        ("Host", _distinct(runs["host"])),
        ("Device", _distinct(runs["device"])),
        ("Source hash", manifest.get("source_hash") or DASH),
        ("Git commit", manifest.get("git_commit") or DASH),
        ("Versions", ", ".join(f"{k} {v}" for k, v in manifest["versions"].items()) or DASH),
    ]


def failures(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return runs that did not succeed; seeds that failed alike share a row."""
    lost = runs[runs["status"] != "ok"].fillna({"message": ""})
    keys = ["dataset", "recipe", "method", "status", "message"]
    return [
        {
            "dataset": title(manifest["datasets"], dataset),
            "recipe": recipe,
            "method": title(manifest["methods"], method),
            "seeds": ", ".join(map(str, sorted(part["seed"]))),
            "status": status_words(status),
            "message": message or DASH,
        }
        for (dataset, recipe, method, status, message), part in lost.groupby(keys, sort=False)
    ]


def methods(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return what each method is, what it was told and with what settings it ran."""
    rows = []
    for name in method_order(manifest):
        card = manifest["methods"][name]
        settings = card.get("settings") or {}
        told = [TOLD.get(what, what) for what in card.get("told") or []]
        stochastic, reproducible = card.get("stochastic", True), card.get("reproducible", True)
        rows.append(
            {
                "title": title(manifest["methods"], name),
                "id": name,
                "reference": card.get("reference"),
                "doi": card.get("doi"),
                "url": card.get("url"),
                "implementation": card.get("implementation", DASH),
                "language": card.get("language", DASH),
                "licence": card.get("licence"),
                "told": ", ".join(told) or "nothing",
                "settings": ", ".join(f"{k}: {_plain(v)}" for k, v in settings.items()) or DASH,
                "limits": _limits(card, manifest),
                "seeds": "one run: no seed matters" if not stochastic else "a run per seed",
                "reproducible": "yes" if reproducible else "no",
                "versions": _versions(runs[runs["method"] == name]),
                "notes": card.get("notes") or "",
            }
        )
    return rows


def datasets(records: list[Path], manifest: dict) -> list[dict]:
    """Return what each dataset is, and what reading and preparing found.

    Parameters
    ----------
    records
        Files named ``fetch.json``, ``read.json`` or ``prepare.json``; a dataset without them
        gets dashes. Cells, genes and types are those of the first recipe.
    manifest
        The content of ``run.json``.
    """
    found = {}
    for path in map(Path, records):
        record = json.loads(path.read_text(encoding="utf-8"))
        found[record["dataset"], path.stem, record.get("recipe")] = record
    rows = []
    for name, card in manifest["datasets"].items():
        fetch, read = (found.get((name, step, None), {}) for step in ("fetch", "read"))
        prepared = {
            recipe: found[name, "prepare", recipe]
            for recipe in recipes(manifest)
            if (name, "prepare", recipe) in found
        }
        prepare = next(iter(prepared.values()), {})
        types = prepare.get("types") or read.get("types") or {}
        rows.append(
            {
                "title": title(manifest["datasets"], name),
                "id": name,
                "citation": card.get("citation"),
                "doi": card.get("doi"),
                "about": ", ".join(
                    filter(None, (card.get(k) for k in ("organism", "protocol", "accession")))
                ),
                "unit": read.get("unit") or card["unit"],
                "cells": _before_after(prepare.get("cells")),
                "genes": _before_after(prepare.get("genes")),
                "types": whole(sum(size > 0 for size in types.values()) if types else None),
                "sizes": ", ".join(f"{kind} {size:,}" for kind, size in types.items()),
                "sources": _sources(card, fetch, read),
                "notes": card.get("notes") or "",
                "provenance": provenance(card, fetch, read, prepared),
            }
        )
    return rows


def costs(runs: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return median wall time and peak memory per method (rows) and dataset (cells).

    Recipes of a dataset have columns of their own, in the order of :func:`cost_columns`.

    Only runs that succeeded count: a timeout says nothing of what a method needs.
    """
    ok = runs[runs["status"] == "ok"]
    columns = ["wall_s", "peak_memory_mb", "peak_gpu_memory_mb"]
    numeric = ok[columns].apply(pd.to_numeric, errors="coerce")
    median = numeric.groupby([ok["method"], ok["dataset"], ok["recipe"]]).median()
    rows = []
    for method in method_order(manifest):
        cells = []
        for dataset, recipe in _pairs(manifest):
            if (method, dataset, recipe) not in median.index:
                cells.append(None)
                continue
            wall, memory, gpu = median.loc[(method, dataset, recipe)]
            cells.append((duration(wall), megabytes(memory), megabytes(gpu)))
        rows.append({"title": title(manifest["methods"], method), "cells": cells})
    return rows


def cost_columns(manifest: dict) -> list[str]:
    """Return the titles of the columns of :func:`costs`."""
    return [with_recipe(title(manifest["datasets"], d), v) for d, v in _pairs(manifest)]


def _pairs(manifest: dict) -> list[tuple[str, str]]:
    return [(dataset, v) for dataset in manifest["datasets"] for v in recipes(manifest)]


def duration(seconds: float) -> str:
    """Return a time in the unit that fits."""
    if pd.isna(seconds):
        return DASH
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def megabytes(amount: float) -> str:
    """Return an amount of memory (MiB) in the unit that fits."""
    if pd.isna(amount):
        return DASH
    return f"{amount:.0f} MB" if amount < 1000 else f"{amount / 1024:.1f} GB"


def _before_after(numbers: dict | None) -> str:
    return f"{whole(numbers['before'])} \u2192 {whole(numbers['after'])}" if numbers else DASH


def _distinct(column: pd.Series) -> str:
    return ", ".join(sorted(map(str, column.dropna().unique()))) or DASH


def _plain(value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _limits(card: dict, manifest: dict) -> str:
    """Return the card's limits, or the run's where they are lower."""
    texts = []
    for key, unit in (("minutes", "min"), ("memory_gb", "GB")):
        run = (manifest["config"].get("limits") or {}).get(key) or math.inf
        limit = min((card.get("limits") or {}).get(key) or math.inf, run)
        texts += [f"{limit:g} {unit}"] if math.isfinite(limit) else []
    return "\n".join(texts) or DASH


def _versions(runs: pd.DataFrame) -> str:
    """Package versions of a method's runs; several where runs differ."""
    seen = {}
    for text in runs["versions"].dropna():
        for package, version in json.loads(text).items():
            seen.setdefault(package, set()).add(str(version))
    return ", ".join(f"{name} {'/'.join(sorted(seen[name]))}" for name in sorted(seen)) or DASH


def _sources(card: dict, fetch: dict, read: dict) -> list[tuple[str, str]]:
    """Where a dataset came from as (text, SHA-256); paths of a machine are not told."""
    if fetch.get("files"):
        return [
            (file["location"] if file["origin"] == "url" else f"{file['name']} ({file['origin']})",
             file.get("sha256"))
            for file in fetch["files"]
        ]  # fmt: skip
    if read.get("files"):
        return list(read["files"].items())
    if card.get("simulate"):
        return [("simulated: " + ", ".join(f"{k} {v}" for k, v in card["simulate"].items()), "")]
    return [(file["name"], file.get("sha256", "")) for file in card.get("files") or []]
