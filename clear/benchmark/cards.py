"""The cards of datasets and methods: a file is read when its id is asked for, and not before.

So a draft that nobody selected stops nobody.
"""

from pathlib import Path

from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.yaml_file import read_yaml, short


def find_cards(kind: str, folders: list[Path]) -> dict[str, list[Path]]:
    """Return the card files of each id, which is the name of the file.

    Parameters
    ----------
    kind
        ``datasets`` or ``methods``.
    folders
        Folders that hold a folder of that name.
    """
    found = {}
    for folder in folders:
        for path in sorted((folder / kind).glob("*.yaml")):
            found.setdefault(path.stem, []).append(path)
    return found


def select(kind: str, ids: list[str], folders: list[Path], schema: dict) -> dict[str, dict]:
    """Return the chosen cards in the order of ``ids``.

    Parameters
    ----------
    kind, folders
        As for :func:`find_cards`.
    ids
        Names of the cards.
    schema
        That of the cards.

    Returns
    -------
    dict
        Cards by id; each has the key ``_file``, the path that it was read from.

    Raises
    ------
    CardError
        When there is no such card, two of one name, or one that does not fit the schema.
    """
    found = find_cards(kind, folders)
    for name in ids:
        if name not in found:
            raise CardError(f"{kind}: there is no card '{name}'.{nearest(name, found)}")
    return {name: _read(found[name], schema) for name in ids}


def load_cards(kind: str, folders: list[Path], schema: dict) -> dict[str, dict]:
    """Return every card of a kind, as :func:`select` does."""
    return select(kind, list(find_cards(kind, folders)), folders, schema)


def _read(files: list[Path], schema: dict) -> dict:
    path, *others = files
    if others:
        raise CardError(f"{short(others[0])}: the id '{path.stem}' is taken by {short(path)}.")
    card = validate(read_yaml(path), schema, short(path))
    if card["id"] != path.stem:
        raise CardError(f"{short(path)}: id is '{card['id']}', the file says '{path.stem}'.")
    return card | {"_file": path}
