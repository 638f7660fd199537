"""What the page says of each dataset: what it is, and what reading and preparing found."""

import json
from pathlib import Path

from clear.benchmark.report.dataset_history import history
from clear.benchmark.report.texts import DASH, whole
from clear.benchmark.source_dataset import source_dataset
from clear.benchmark.vocabulary import NONE, dropout_percent, method_order, title


def datasets(records: list[Path], manifest: dict) -> list[dict]:
    """Return what each dataset and source is, and what reading and preparing found.

    A dataset without records gets dashes. Cells, genes and types are those of the first recipe.
    What each dropout took stands below the filters of its recipe, on whose result it works.
    """
    found = {}
    for path in map(Path, records):
        record = json.loads(path.read_text(encoding="utf-8"))
        place = record["dataset"], path.stem, record.get("recipe")
        found.setdefault(place, {})[record.get("perturbation", NONE)] = record
    rows, cards = [], manifest["datasets"] | manifest["sources"]
    for name, card in cards.items():
        fetch, read = (
            found.get((name, step, None), {}).get(NONE, {}) for step in ("fetch", "read")
        )
        prepared = {
            recipe: _with_dropouts(found[name, "prepare", recipe])
            for recipe in manifest["config"]["recipes"]
            if (name, "prepare", recipe) in found
        }
        prepare = next(iter(prepared.values()), {})
        types = prepare.get("types") or read.get("types") or {}
        rows.append(
            {
                "title": title(cards, name),
                "learners": _learners(name, manifest) if name in manifest["sources"] else "",
                "id": name,
                "own": card.get("own"),
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
                "history": history(card, fetch, read, prepared),
            }
        )
    return rows


def _with_dropouts(records: dict[str, dict]) -> dict:
    """Return the record of the data as they are, with what each dropout took after its filters."""
    record = records.get(NONE, {})
    dropouts = sorted(records.keys() - {NONE}, key=dropout_percent)
    steps = [records[name]["filters"][-1] for name in dropouts]
    return record | {"filters": record.get("filters", []) + steps}


def _learners(source: str, manifest: dict) -> str:
    """Return the titles of the methods that learn from a dataset."""
    cards = manifest["methods"]
    named = (
        method
        for method in method_order(manifest)
        if any(source_dataset(cards[method], dataset) == source for dataset in manifest["datasets"])
    )
    return ", ".join(title(cards, method) for method in named)


def _before_after(numbers: dict | None) -> str:
    return f"{whole(numbers['before'])} \u2192 {whole(numbers['after'])}" if numbers else DASH


def _sources(card: dict, fetch: dict, read: dict) -> list[tuple[str, str]]:
    """Where a dataset came from as (text, SHA-256), without paths of a machine."""
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
