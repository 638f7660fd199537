"""What a dataset card must fulfil beyond its schema."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.readers import BY_SUFFIX, CONVERTED, READERS
from clear.benchmark.settings import CardError, nearest


def with_source(card: dict) -> dict:
    """Return a card with the path of a user's own file absolute and all its readers named.

    Parameters
    ----------
    card
        The dataset card as its file has it, defaults filled in.

    Raises
    ------
    CardError
        No reader fits a file; an option that the reader does not have, or one that it needs and
        is not given; a role that it has no use for, none that is its matrix, or several where
        it reads one; an annotation of a file that is not listed or is the matrix; two files or
        sources of one name; sources beside one that is not downloaded; a stage without the order
        of the stages, or that without a stage; a label that two rules name; a regular expression
        that is none.
    """
    file = f"{card['_file'].name}: "
    if twice := _twice(sources(card)):
        raise CardError(f"{file}alternatives: two have the name '{twice}'.")
    if card.get("alternatives") and "files" not in card:
        raise CardError(f"{file}alternatives: only a card with `files` has other sources.")
    ordered = any(part.get("stage") for part in (card, *(card.get("alternatives") or [])))
    if ordered and not card.get("stages"):
        raise CardError(f"{file}stages: name the stages of the column of `stage`, earliest first.")
    if card.get("stages") and not ordered:
        raise CardError(f"{file}stage: name the column with these stages, or leave out `stages`.")
    if "path" in card:
        try:
            path = card["_file"].parent / Path(card["path"]).expanduser()
        except RuntimeError as error:  # ~ of somebody who is not known here
            raise CardError(f"{file}path: {card['path']}: {error}") from None
        card = card | {"path": os.path.realpath(path)}  # of links in a circle, the first
    if "simulate" not in card:
        card = _with_reader(card, card, file)
    others = [
        _with_reader(other, of_source(card, other["name"]), f"{file}alternatives.{other['name']}.")
        for other in card.get("alternatives") or []
    ]
    return card | ({"alternatives": others} if others else {})


def _with_reader(part: dict, whole: dict, where: str) -> dict:
    part = part if part.get("reader") else part | {"reader": _by_suffix(whole, where)}
    _check_options(part, where)
    _check_files(part, where)
    _check_patterns(part, where)
    rule = part.get("label_rule") or {}
    if twice := _twice(chain(rule.get("drop") or [], *(rule.get("merge") or {}).values())):
        raise CardError(f"{where}label_rule: the label '{twice}' is named twice.")
    return part


def _by_suffix(card: dict, where: str) -> str:
    name = card.get("path") or card.get("packaged", {}).get("file") or _first_matrix(card, where)
    suffixes = [s.lower() for s in Path(name).suffixes if s.lower() not in (".gz", ".bz2", ".xz")]
    suffix = suffixes[-1] if suffixes else ""
    if suffix in CONVERTED:
        raise CardError(
            f"{where}no reader for '{name}': convert it, once, with "
            f"`{CONVERTED[suffix]}('{Path(name).name}').write_h5ad('{Path(name).stem}.h5ad')` in "
            "Python, and name the new file in the card."
        )
    if suffix not in BY_SUFFIX:
        raise CardError(
            f"{where}no reader for '{name}'; files may end in {', '.join(BY_SUFFIX)}, or the card "
            "names a reader."
        )
    return BY_SUFFIX[suffix]


def _first_matrix(card: dict, where: str) -> str:
    for entry in card["files"]:
        if entry["role"] == "matrix":
            return entry["name"]
    raise CardError(f"{where}files: none has the role 'matrix'.")


def _check_options(part: dict, where: str) -> None:
    reader, given = READERS[part["reader"]], part.get("reader_options") or {}
    for option in given:
        if option not in reader.options:
            raise CardError(
                f"{where}reader_options: reader '{part['reader']}' has no option '{option}'."
                f"{nearest(option, reader.options)}"
            )
    for option in reader.needed:
        if given.get(option) is None:
            raise CardError(
                f"{where}reader_options: reader '{part['reader']}' needs the option '{option}'. "
                f"{reader.options[option]}"
            )


def _check_files(part: dict, where: str) -> None:
    roles = {entry["name"]: entry["role"] for entry in part.get("files") or []}
    if twice := _twice(entry["name"] for entry in part.get("files") or []):
        raise CardError(f"{where}files: two have the name '{twice}'.")
    if "files" in part:
        _first_matrix(part, where)
    reader = READERS[part["reader"]]
    matrices = [name for name, role in roles.items() if role == "matrix"]
    if reader.single and len(matrices) > 1:
        raise CardError(
            f"{where}files: reader '{part['reader']}' reads a single file, but {len(matrices)} "
            f"have the role 'matrix': {', '.join(matrices)}."
        )
    for name, role in roles.items():
        known = reader.roles
        if role not in (*known, "annotation"):
            raise CardError(
                f"{where}files: reader '{part['reader']}' has no use for the role '{role}' of "
                f"'{name}'.{nearest(role, (*known, 'annotation'))}"
            )
    for entry in part.get("annotations") or []:
        name = entry["file"]
        if name not in roles:
            raise CardError(
                f"{where}annotations: '{name}' is not one of `files`.{nearest(name, roles)}"
            )
        if roles[name] == "matrix":
            raise CardError(
                f"{where}annotations: '{name}' has the role 'matrix', so that the reader would "
                "take it for expression: say `role: annotation` in `files`."
            )


def _check_patterns(part: dict, where: str) -> None:
    for name, rule in (part.get("derive") or {}).items():
        _compiled(rule["pattern"], f"{where}derive.{name}.pattern", group=True)
    for entry in part.get("annotations") or []:
        of_file = f"{where}annotations.{entry['file']}"
        if "match" in entry:
            _compiled(entry["match"], f"{of_file}.match", group=True)
        for old, new in (entry.get("replace") or {}).items():
            _compiled(old, f"{of_file}.replace", new)
    if pattern := (part.get("reader_options") or {}).get("pattern"):
        _compiled(pattern, f"{where}reader_options.pattern")


def _compiled(pattern: str, key: str, replacement: str = "", group: bool = False) -> None:
    try:
        compiled = re.compile(pattern)
        compiled.sub(replacement, "")  # says what is wrong with the replacement
    except (re.error, TypeError, IndexError) as error:
        raise CardError(f"{key}: not a regular expression: {error}.") from None
    if group and not compiled.groups:
        raise CardError(f"{key}: '{pattern}' has no group: put one into parentheses.")


def _twice(names: Iterable[str]) -> str | None:
    return next((name for name, number in Counter(names).items() if number > 1), None)
