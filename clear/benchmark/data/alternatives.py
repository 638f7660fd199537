"""Several sources of one dataset: which there are, and the card as each of them has it."""

from clear.errors import ClearError

MAIN = "main"


def sources(card: dict) -> list[str]:
    """Return the names of a card's sources, best first: its own files, then its alternatives."""
    return [MAIN, *(other["name"] for other in card.get("alternatives") or [])]


def of_source(card: dict, name: str) -> dict:
    """Return the card as one of its sources has it.

    Parameters
    ----------
    card
        The dataset card.
    name
        ``main``, or the ``name`` of one of ``alternatives``; what an alternative does not say is
        as the card has it, except what belongs to the files of ``main`` only: ``reader_options``,
        ``annotations``, ``derive``, ``label_rule``, ``expected``.

    Raises
    ------
    ClearError
        There is no such source.
    """
    if name == MAIN:
        return card
    for other in card.get("alternatives") or []:
        if other["name"] == name:
            own = ("reader_options", "annotations", "derive", "label_rule", "expected")
            kept = {key: value for key, value in card.items() if key not in own}
            return kept | {key: value for key, value in other.items() if key != "name"}
    raise ClearError(
        f"Dataset {card['id']!r} has no source {name!r}; it has: {', '.join(sources(card))}."
    )
