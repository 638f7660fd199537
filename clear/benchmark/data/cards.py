"""What a dataset card must fulfil beyond its schema."""

import re
from pathlib import Path

from clear.benchmark.cards import CardError, nearest
from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.readers import BY_SUFFIX, READERS


def with_source(card: dict) -> dict:
    """Return a card with the path of a user's own file absolute and all its readers named.

    Parameters
    ----------
    card
        The dataset card as its file has it.

    Raises
    ------
    CardError
        No reader fits a file; an option that the reader does not have; an annotation of a file
        that is not listed; two sources of one name; a regular expression that is none.
    """
    names = sources(card)
    if len(set(names)) < len(names):
        raise CardError(f"{card['_file'].name}: two of `alternatives` have the same name.")
    if "path" in card:
        path = card["_file"].parent / Path(card["path"]).expanduser()
        card = card | {"path": str(path.resolve())}
    if "simulate" in card:
        return card
    card = _with_reader(card, card, "")
    others = [
        _with_reader(other, of_source(card, other["name"]), f"alternatives.{other['name']}.")
        for other in card.get("alternatives") or []
    ]
    return card | ({"alternatives": others} if others else {})


def _with_reader(part: dict, whole: dict, where: str) -> dict:
    file = f"{whole['_file'].name}: {where}"
    part = part if part.get("reader") else part | {"reader": _by_suffix(whole, file)}
    reader, options = part["reader"], part.get("reader_options") or {}
    known = READERS[reader].options
    for option in options:
        if option not in known:
            raise CardError(
                f"{file}reader_options: reader '{reader}' has no option '{option}'."
                f"{nearest(option, known)}"
            )
    listed = [entry["name"] for entry in part.get("files") or []]
    for entry in part.get("annotations") or []:
        if entry["file"] not in listed:
            raise CardError(
                f"{file}annotations: '{entry['file']}' is not one of `files`."
                f"{nearest(entry['file'], listed)}"
            )
    for entry in part.get("files") or []:
        if entry["role"] not in (*READERS[reader].roles, "annotation"):
            raise CardError(
                f"{file}files: reader '{reader}' has no use for the role '{entry['role']}' of "
                f"'{entry['name']}'.{nearest(entry['role'], READERS[reader].roles)}"
            )
    _check_patterns(part, file)
    return part


def _by_suffix(card: dict, file: str) -> str:
    name = card.get("path") or card.get("packaged", {}).get("file") or card["files"][0]["name"]
    suffixes = [s.lower() for s in Path(name).suffixes if s.lower() not in (".gz", ".bz2", ".xz")]
    if not suffixes or suffixes[-1] not in BY_SUFFIX:
        raise CardError(
            f"{file}no reader for '{name}'; files may end in {', '.join(BY_SUFFIX)}, or the card "
            "names a reader."
        )
    return BY_SUFFIX[suffixes[-1]]


def _check_patterns(part: dict, file: str) -> None:
    patterns = {f"derive.{k}.pattern": v["pattern"] for k, v in (part.get("derive") or {}).items()}
    patterns |= {
        f"annotations.{entry['file']}.match": entry["match"]
        for entry in part.get("annotations") or []
        if "match" in entry
    }
    for key, pattern in patterns.items():
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise CardError(f"{file}{key}: not a regular expression: {error}.") from None
        if not groups:
            raise CardError(f"{file}{key}: '{pattern}' has no group: put one into parentheses.")
    options = part.get("reader_options") or {}
    plain = {f"reader_options.{key}": options.get(key) or "" for key in ("pattern", "members")}
    plain |= {
        f"annotations.{entry['file']}.replace": old
        for entry in part.get("annotations") or []
        for old in entry.get("replace") or {}
    }
    for key, pattern in plain.items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise CardError(f"{file}{key}: no regular expression: {error}.") from None
