"""The page of the datasets: an overview, then of each card where it comes from and what to know."""

from urllib.parse import urlsplit

from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.docs.dataset_source import counts, source
from clear.benchmark.docs.markdown import doi_link, row

GROUPS = {
    "paper": "The paper's datasets",
    "candidate": "Candidates for a set that the paper does not name",
    "dev": "Stand-ins for development",
    "demo": "Sets of the demo",
    "own": "Others",
}
INTRODUCTION = """
Numbers are those that reading must find, as the first source has them that states them; a dash
means that no public text does. Sources are tried in order: the next one is used when a file of
the one before cannot be obtained, and the record of a run says which it was. A file whose sha256 is
known is refused if its bytes differ. Unit, tasks and accession are in the overview only.
"""


def datasets_page(cards: dict[str, dict], note: str) -> str:
    """Return the page as Markdown."""
    grouped = {
        title: [card for card in cards.values() if card["group"] == group]
        for group, title in GROUPS.items()
    }
    parts = [f"# Datasets\n{note}{INTRODUCTION}"]
    parts += [
        "\n| dataset | group | cells | genes | types | unit | tasks | accession | sources |\n"
    ]
    parts += ["|---|---|---:|---:|---:|---|---|---|---|\n"]
    parts += [_overview(card) for chosen in grouped.values() for card in chosen]
    for title, chosen in grouped.items():
        parts += [f"\n## {title}\n"] if chosen else []
        parts += [_section(card) for card in chosen]
    return "".join(parts)


def _overview(card: dict) -> str:
    numbers = [_number(card, key) for key in ("cells", "genes", "types")]
    cells = [f"[`{card['id']}`](#{card['id']})", card["group"], *numbers, card["unit"]]
    cells += [", ".join(card["tasks"]), card.get("accession", "-"), _origins(card)]
    return row(*cells)


def _number(card: dict, key: str) -> str:
    """Return the number that the first source gives which gives one."""
    parts = [of_source(card, name).get("expected") or {} for name in sources(card)]
    found = [part[key] for part in [*parts, card.get("simulate") or {}] if key in part]
    return f"{found[0]:,}" if found else "-"


def _origins(card: dict) -> str:
    if "files" not in card:
        return next(key for key in ("packaged", "simulate", "path") if key in card)
    hosts = []
    for name in sources(card):
        host = _host(of_source(card, name)["files"][0])
        hosts.append(host if name == "main" else f"{name}: {host}")
    return "; ".join(hosts)


def _host(file: dict) -> str:
    return urlsplit(file["urls"][0]).netloc if file["urls"] else "mirror"


def _section(card: dict) -> str:
    lines = [f'\n<a id="{card["id"]}"></a>\n### {card["title"]} (`{card["id"]}`)\n\n']
    lines += [f"{card['citation']}.{doi_link(card)} " if "citation" in card else ""]
    lines += [f"{card.get('notes', '').strip()}\n", "\n| | |\n|---|---|\n"]
    for key in ("organism", "protocol", "licence"):
        lines += [row(key, card[key])] if key in card else []
    lines += [row("batch", _batch(card))] if card.get("batch") else []
    lines += [row("stages", ", ".join(card["stages"]))] if card.get("stages") else []
    lines += [row("types", types)] if (types := _types(card)) else []
    if "canonical" in card:
        lines += [row("ready-made file", _ready_made(card))]
    if "simulate" in card:
        lines += [row("simulated", counts(card["simulate"]))]
    if "packaged" in card:
        packaged = card["packaged"]
        lines += [row("source", f"{packaged['file']} of the Python package {packaged['package']}")]
    for name in sources(card) if "files" in card else []:
        lines += [row("source" if name == "main" else f"or {name}", source(card, name))]
    return "".join(lines)


def _batch(card: dict) -> str:
    batch = card["batch"]
    return " / ".join(f"`{column}`" for column in ([batch] if isinstance(batch, str) else batch))


def _types(card: dict) -> str:
    """Return the sizes of the types, largest first, from the first source that gives them."""
    for name in sources(card):
        sizes = (of_source(card, name).get("expected") or {}).get("sizes")
        if sizes:
            ordered = sorted(sizes.items(), key=lambda item: -item[1])
            where = "" if name == "main" else f" (in {name})"
            return ", ".join(f"{kind} {size:,}" for kind, size in ordered) + where
    return ""


def _ready_made(card: dict) -> str:
    own = card["canonical"]
    unit = f"; unit {own['unit']}" if "unit" in own else ""
    return f"`{card['id']}.h5ad` of a mirror: {counts(own.get('expected') or {})}{unit}"
