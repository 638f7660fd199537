"""The generated part of docs/presets.md: every setting, its meaning, its value in each preset."""

import dataclasses
import inspect
import re
from collections.abc import Iterable
from pathlib import Path

from clear.errors import ClearError
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED, RELEASED, Preset

BEGIN, END = "<!-- settings: made by `make docs` -->\n", "<!-- end of settings -->\n"


def presets_page(page: Path) -> str:
    """Return the page of the presets with its table of settings made anew; the prose stays.

    Raises
    ------
    ClearError
        When the page lacks the markers of the table.
    """
    text = page.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ClearError(f"{page} must have {BEGIN.strip()} and {END.strip()} once each.")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    return (
        before
        + BEGIN
        + settings_table((RELEASED, PAPER, RECOMMENDED, GRAPH_DIFFUSION))
        + END
        + after
    )


def settings_table(presets: Iterable[Preset]) -> str:
    """Return a Markdown table of all settings but the name; values unlike the first are bold."""
    presets = list(presets)
    names = [preset.name for preset in presets]
    rows = [["setting", *(f"`{name}`" for name in names), "meaning"], ["---"] * (len(names) + 2)]
    meaning = meanings()
    for field in dataclasses.fields(Preset):
        if field.name == "name":
            continue
        values = [getattr(preset, field.name) for preset in presets]
        cells = [f"**{shown(value)}**" if value != values[0] else shown(value) for value in values]
        rows.append([f"`{field.name}`", *cells, meaning[field.name]])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def meanings() -> dict[str, str]:
    """Return the first sentence on each setting from the documentation of ``Preset``.

    Where settings are explained together, each gets its own part between semicolons.
    """
    text = inspect.getdoc(Preset).split("Attributes\n----------\n")[1]
    found = {}
    for names, body in re.findall(r"^(\w[^\n]*)\n((?:    [^\n]*\n?|\n)+)", text, re.MULTILINE):
        words = " ".join(body.split()).replace("``", "`")
        first = re.split(r"(?<=[.\w`)])\.(?= [A-Z\"`]|$)", words, maxsplit=1)[0]
        names, parts = names.split(", "), first.split("; ")
        if len(parts) != len(names):
            parts = [first] * len(names)
        found |= dict(zip(names, parts, strict=True))
    return found


def shown(value) -> str:
    """Return a value as tables show it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)
