"""Where a dataset came from and what reading and preparing made of it, as texts for the page."""

from clear.benchmark.data.alternatives import MAIN
from clear.benchmark.report.texts import DASH
from clear.benchmark.vocabulary import RECIPES

STEPS = {
    "min_genes": "cells with fewer than {threshold:g} genes",
    "min_cells": "genes in fewer than {threshold:g} cells",
    "max_mito": "cells with a mitochondrial share of {threshold:.0%} or more",
    "max_ercc": "cells with an ERCC share of {threshold:.0%} or more",
    "no_expression": "cells without expression in the genes left",
    "dropout": "{percent} % dropout, {zeroed:,} of {of:,} non-zero values (seed {seed}): cells and "
    "genes without any left",
}
VERIFIED = {
    "card": "by the checksum in the card",
    "recorded": "as at the first download",
    "first use": "first download, taken on trust",
    None: "no: nobody published a checksum",
}


def history(card: dict, fetch: dict, read: dict, prepared: dict[str, dict]) -> dict:
    """Return what the records of a dataset say: sources, files, labels, cells and genes left.

    A record is empty where its step was not reached.

    Returns
    -------
    dict
        ``facts``, pairs of term and text; ``files``, a dict of texts per file; ``abandoned``
        and ``labels``, lists of texts; ``steps``, pairs of a heading and rows of (step, cells,
        genes); ``remarks``.
        What is not in the records is a dash.
    """
    source = fetch.get("source") or read.get("source")
    own = _card_of(card, source)
    reader = read.get("reader") or {}
    options = ", ".join(f"{key}: {value}" for key, value in (reader.get("options") or {}).items())
    return {
        "facts": [
            ("Source used", _source_words(source, fetch)),
            ("Reader", f"{reader.get('name') or DASH}{f' ({options})' if options else ''}"),
            *(
                (f"Normalisation, {RECIPES[recipe]}", record.get("normalisation") or DASH)
                for recipe, record in prepared.items()
            ),
        ],
        "abandoned": [
            f"{_text(entry.get('source'))}: {_text(entry.get('reason'))}"
            for entry in fetch.get("abandoned") or []
        ],
        "files": [_file(entry) for entry in fetch.get("files") or []],
        "labels": _labels(own.get("label_rule") or {}, read),
        "steps": _steps(read, prepared),
        "remarks": read.get("remarks") or [],
    }


def _card_of(card: dict, source: str | None) -> dict:
    """Return the part of the card that speaks of the source that was used."""
    others = {other["name"]: other for other in card.get("alternatives") or []}
    return others.get(source, card)


def _source_words(source: str | None, fetch: dict) -> str:
    if source is None:
        return DASH
    words = "the files of the card" if source == MAIN else f"alternative {source}"
    return f"a ready-made file instead of {words}" if fetch.get("canonical") else words


def _file(entry: dict) -> dict[str, str]:
    """Return the texts on one file; addresses, but no paths of a machine."""
    location = str(entry.get("location") or "")
    is_url = location.startswith(("http://", "https://", "ftp://"))
    size = entry.get("bytes")
    return {
        "name": _text(entry.get("name")),
        "role": _text(entry.get("role")),
        "origin": location if is_url else _text(entry.get("origin")),
        "size": DASH if size is None else f"{size:,} bytes",
        "sha256": entry.get("sha256") or DASH,
        "verified": VERIFIED[entry.get("verified")],
        "when": _when(entry),
        "tried": [
            f"{_text(attempt.get('url'))}: {_text(attempt.get('error'))}"
            for attempt in entry.get("tried") or []
            if str(attempt.get("url")).startswith(("http://", "https://", "ftp://"))
        ],
    }


def _when(entry: dict) -> str:
    times = [entry.get("started"), entry.get("finished")]
    return " to ".join(str(time) for time in times if time) or DASH


def _labels(rule: dict, read: dict) -> list[str]:
    """Say which labels were merged and dropped, with their numbers of cells."""
    published = read.get("published_labels") or {}
    lines = [
        f"{new} \u2190 "
        + ", ".join(f"{old} ({published[old]:,})" if old in published else str(old) for old in olds)
        for new, olds in (rule.get("merge") or {}).items()
    ]
    dropped = [
        f"{label or 'without a label'} ({size:,})"
        for label, size in (read.get("dropped_labels") or {}).items()
    ]
    lines += [f"left out: {', '.join(dropped)}"] if dropped else []
    lines += [f"why: {rule['reason']}"] if lines and rule.get("reason") else []
    return lines


def _steps(read: dict, prepared: dict[str, dict]) -> list[tuple[str, list[tuple]]]:
    """Return cells and genes after each step, and what each took, from the file to the input."""
    cells, genes = read.get("cells") or {}, read.get("genes") or {}
    reading = [
        ("in the file", _left(cells.get("in_file")), _left(genes.get("in_file"))),
        (
            "after the label rule",
            _left(cells.get("kept"), cells.get("dropped_by_label")),
            _left(genes.get("kept")),
        ),
    ]
    filters = [
        (
            f"Filters, {RECIPES[recipe]}",
            [
                (
                    _step_words(step),
                    _left(step["cells"], step["cells_lost"]),
                    _left(step["genes"], step["genes_lost"]),
                )
                for step in record.get("filters") or []
            ],
        )
        for recipe, record in prepared.items()
    ]
    return [("Reading", reading), *filters]


def _step_words(step: dict) -> str:
    words = STEPS[step["filter"]].format(**step)
    return words if step["applied"] else f"{words}: not applicable, {step['reason']}"


def _left(number: int | None, lost: int | None = None) -> str:
    if number is None:
        return DASH
    return f"{number:,} (\u2212{lost:,})" if lost else f"{number:,}"


def _text(value) -> str:
    return DASH if value in (None, "") else str(value)
