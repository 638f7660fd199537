"""The page of the methods: an overview, then of each card what runs and how faithful it is."""

from clear.benchmark.docs.markdown import doi_link, head, plain, row
from clear.benchmark.vocabulary import TOLD

INTRODUCTION = """
Every method of the benchmark, made from its card. *Upstream*: the authors' own package runs.
*Reimplementation*: written for this benchmark; what it was written after stands under version, what
differs under the reference, and how far its results were compared with those of the authors'
software under fidelity. *Control*: bounds what scores mean. The licence is that of the code that
runs. A quick run takes the quick settings in place of those of the same name.
"""
UNKNOWN = "No comparison with the authors' software is recorded."
FACTS = {  # words in the table: key of the card
    "code": "url",
    "licence": "licence",
    "tasks": "tasks",
    "writes": "outputs",
    "settings": "settings",
    "quick settings": "quick_settings",
    "grid of tuning": "tuning",
    "settings chosen by scores on": "tuned_on",
    "learns from": "source_dataset",
    "units": "units",
    "limits of a run": "limits",
    "environment": "env",
}


def baselines_page(cards: dict[str, dict], note: str) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    cards
        Those of the methods by id, with defaults filled in.
    note
        Says that the page is made, and from what.
    """
    parts = [f"# Methods\n{note}{INTRODUCTION}\n"]
    parts += [head("method", "implementation", "version", "is told", "writes")]
    parts += [_overview(card) for card in cards.values()]
    return "".join([*parts, *(_section(card, cards) for card in cards.values())])


def _overview(card: dict) -> str:
    link = f"[{card['title']}](#{card['id']})"
    version = card.get("version", "-")
    return row(link, card["implementation"], version, _told(card), plain(card["outputs"]))


def _told(card: dict) -> str:
    return ", ".join(TOLD[what] for what in card["told"]) or "nothing"


def _section(card: dict, cards: dict[str, dict]) -> str:
    lines = [f'\n<a id="{card["id"]}"></a>\n## {card["title"]} (`{card["id"]}`)\n']
    lines += [f"\n{card['reference']}.{doi_link(card)}\n"] if "reference" in card else []
    lines += [f"\n{card['notes'].strip()}\n"] if "notes" in card else []
    lines += [f"\n**Fidelity.** {fidelity}\n"] if (fidelity := _fidelity(card, cards)) else []
    lines += ["\n| | |\n|---|---|\n"]
    lines += [row("implementation", f"{card['implementation']}, {card['language']}")]
    lines += [row("version", card["version"])] if "version" in card else []
    lines += [row("is told", _told(card))]
    for words, key in FACTS.items():
        lines += [row(words, plain(card[key]))] if card.get(key) else []
    lines += [row("seed", "does not matter: one run")] if not card["stochastic"] else []
    if not card["reproducible"]:
        lines += [row("same seed", "not always the same numbers")]
    return "".join(lines)


def _fidelity(card: dict, cards: dict[str, dict]) -> str:
    """Return what is known of a reimplementation beside its model; nothing for other cards."""
    if card["implementation"] != "reimplementation":
        return ""
    if "fidelity" in card:
        return card["fidelity"].strip()
    shares = cards.get(card.get("script"), {})
    if "fidelity" in shares:
        return f"As for [{shares['title']}](#{shares['id']}), whose script it shares."
    return UNKNOWN
