"""Values and rows of tables in Markdown."""


def plain(value) -> str:
    """Return a value of a card or schema in words."""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {plain(part)}" for key, part in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(plain, value))
    if value is None or isinstance(value, bool):
        return {True: "yes", False: "no", None: "none"}[value]
    return str(value)


def row(*cells) -> str:
    """Return a row of a table; a bar in a cell is escaped."""
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |\n"


def head(*cells) -> str:
    """Return the first row of a table and the line below it."""
    return row(*cells) + "|" + "---|" * len(cells) + "\n"


def doi_link(card: dict) -> str:
    """Return the link to a card's publication, after a space; nothing where it has none."""
    return f" [doi:{card['doi']}](https://doi.org/{card['doi']})" if "doi" in card else ""
