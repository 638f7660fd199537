"""Settings and cards: read, checked against their schemas, defaults filled in.

A mistake is an error that names the file, the key and the nearest key that exists.
"""

import difflib
import os
import re
from pathlib import Path

import jsonschema
import yaml

from clear.errors import ClearError

# The schema's conditions in words; which key they speak of tells which one it is.
RULED = {
    "implementation": "only a card with implementation 'control' may be told the labels.",
    "told": "who promises clusters_given_k must be told n_clusters.",
    "outputs": "who is told n_clusters cannot promise clusters_estimated_k.",
}


class CardError(ClearError):
    """A setting or card that does not fit its schema."""


def read_yaml(path: Path) -> dict:
    """Return the mapping in a YAML file.

    Raises
    ------
    CardError
        When the file is missing, is not YAML, or holds something other than a mapping.
    """
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CardError(f"{_short(path)} does not exist.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CardError(f"{_short(path)} is not valid YAML: {error}") from None
    if not isinstance(value, dict):
        raise CardError(f"{_short(path)} must hold a mapping of keys to values.")
    return value


def validate(value: dict, schema: dict, where: str) -> dict:
    """Return ``value`` with types coerced and defaults filled in, or explain what is wrong.

    Parameters
    ----------
    value
        Settings or a card.
    schema
        Its JSON schema (draft 2020-12).
    where
        Name of the file, for messages.

    Raises
    ------
    CardError
        With one line per mistake.
    """
    value = _complete(value, schema, schema)
    errors = jsonschema.Draft202012Validator(schema).iter_errors(value)
    messages = sorted({_explain(error, where) for error in errors})
    if messages:
        raise CardError("\n".join(messages))
    return value


def nearest(name: str, known) -> str:
    """Return `` Did you mean 'x'?`` for the nearest of the known names, or list them."""
    known = sorted(map(str, known))
    match = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return f" Did you mean '{match[0]}'?" if match else f" Known: {', '.join(known) or 'none'}."


def load_cards(kind: str, folders: list[Path], schema: dict) -> dict[str, dict]:
    """Read every card of a kind.

    Parameters
    ----------
    kind
        ``datasets`` or ``methods``.
    folders
        Folders that hold a folder of that name; later ones may add ids, not replace them.

    Returns
    -------
    dict
        Cards by id; each has the key ``_file``, the path that it was read from.
    """
    cards = {}
    for folder in folders:
        for path in sorted((folder / kind).glob("*.yaml")):
            card = validate(read_yaml(path), schema, _short(path))
            if card["id"] != path.stem:
                raise CardError(
                    f"{_short(path)}: id is '{card['id']}', the file says '{path.stem}'."
                )
            if card["id"] in cards:
                taken = _short(cards[card["id"]]["_file"])
                raise CardError(f"{_short(path)}: the id '{card['id']}' is taken by {taken}.")
            cards[card["id"]] = card | {"_file": path}
    return cards


def select(kind: str, ids: list[str], cards: dict[str, dict]) -> dict[str, dict]:
    """Return the chosen cards in the order of ``ids``; an unknown id is an error."""
    for name in ids:
        if name not in cards:
            raise CardError(f"{kind}: there is no card '{name}'.{nearest(name, cards)}")
    return {name: cards[name] for name in ids}


def _complete(value, schema: dict, root: dict):
    """Fill in defaults; turn strings from the command line into what the schema asks for."""
    if "$ref" in schema:
        schema = root["properties"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if kind == "array" and isinstance(value, str | int | float):
        value = [part.strip() for part in str(value).strip("[]").split(",") if part.strip()]
    if kind == "array" and isinstance(value, list):
        return [_complete(item, schema.get("items", {}), root) for item in value]
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        if "null" in kinds and value.lower() in ("", "null", "none"):
            return None
        if kind == "boolean" and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if kind == "integer" and re.fullmatch(r"-?\d+", value):
            return int(value)
        if "number" in kinds and re.fullmatch(r"-?\d+(\.\d*)?([eE][+-]?\d+)?", value):
            return float(value)
    if kind == "object" and isinstance(value, dict):
        properties = schema.get("properties", {})
        defaults = {k: s["default"] for k, s in properties.items() if "default" in s}
        # YAML reads a type named 2 as a number.
        merged = defaults | {str(k): v for k, v in value.items()}
        others = schema.get("additionalProperties") or {}
        return {k: _complete(v, properties.get(k, others), root) for k, v in merged.items()}
    return value


def _explain(error: jsonschema.ValidationError, where: str) -> str:
    key = ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = error.schema["properties"]
        unknown = next(name for name in error.instance if name not in known)
        inside = f" in '{key}'" if key else ""
        return f"{where}: unknown key '{unknown}'{inside}.{nearest(unknown, known)}"
    if error.validator == "oneOf" and not key:
        options = [option["required"][0] for option in error.validator_value]
        return f"{where}: give exactly one of {', '.join(options)}."
    if key in RULED and error.validator in ("const", "contains", "not"):
        return f"{where}: {RULED[key]}"
    return f"{where}: {key + ': ' if key else ''}{error.message}."


def _short(path: Path) -> str:
    """Path relative to the working folder where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)
