"""Settings and cards against their schemas: types coerced, defaults filled in, mistakes named.

A mistake is a line that names the file, the key and, where there is one, the nearest that exists.
"""

import difflib
import math
import re
import textwrap

import jsonschema

from clear.errors import ClearError

MOST, DEEPEST = 100_000, 50  # values in a card, and keys to one of them
WORDS = {
    "array": "a list, [a, b]",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping, {key: value}",
    "string": "text (put it in quotes)",
}


class CardError(ClearError):
    """A setting or card that does not fit its schema."""


def validate(value: dict, schema: dict, where: str) -> dict:
    """Return ``value`` with types coerced and defaults filled in, or explain what is wrong.

    Parameters
    ----------
    value
        Settings or a card.
    schema
        Its JSON schema (draft 2020-12). Where a part of it has ``wrong``, this is what is said of
        a value that does not fit.
    where
        Name of the file, for messages.

    Raises
    ------
    CardError
        With one line per mistake.
    """
    value = _complete(_plain(value, where, [], iter(range(MOST))), schema, schema)
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


def _plain(value, where: str, keys: list[str], left):
    """Return a value with text for keys; refuse what is not JSON, or has no end."""
    if next(left, None) is None or len(keys) > DEEPEST:
        raise CardError(
            f"{where}: {keys[0]} holds more than {MOST:,} values, or {DEEPEST} within each other."
        )
    if isinstance(value, dict):
        return {str(k): _plain(v, where, [*keys, str(k)], left) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, where, [*keys, str(i)], left) for i, v in enumerate(value)]
    if value is None or isinstance(value, str | int):
        return value
    if not isinstance(value, float):
        raise CardError(
            f"{where}: {'.'.join(keys)}: {value} is a {type(value).__name__}; quote it."
        )
    if not math.isfinite(value):
        raise CardError(f"{where}: {'.'.join(keys)}: {value} is not a finite number.")
    return value


def _complete(value, schema: dict, root: dict):
    """Fill in defaults; turn strings from the command line into what the schema asks for."""
    if "$ref" in schema:
        schema = root["properties"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "array" in kinds and isinstance(value, str):
        value = [part.strip() for part in value.strip("[]").split(",") if part.strip()]
    if "array" in kinds and isinstance(value, list):
        return [_complete(item, schema.get("items", {}), root) for item in value]
    # A type named 2 is a label; a run or a card has a name, and the shell's 001 is 1 by now.
    if kind == "string" and type(value) is int and "pattern" not in schema:
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
    if "object" in kinds and isinstance(value, dict):
        properties = schema.get("properties", {})
        defaults = {k: s["default"] for k, s in properties.items() if "default" in s}
        others = schema.get("additionalProperties") or {}
        merged = defaults | value
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
    if error.validator == "dependentRequired":
        lacking = {
            f"'{name}' needs '{other}' too"
            for name, others in error.validator_value.items()
            for other in others
            if name in error.instance and other not in error.instance
        }
        return f"{where}: {'; '.join(sorted(lacking))}."
    given = textwrap.shorten(repr(error.instance), 80)
    if "wrong" in error.schema:
        return f"{where}: {key}: {given}: {error.schema['wrong']}"
    if error.validator == "type":
        kinds = error.validator_value
        kinds = [kinds] if isinstance(kinds, str) else kinds
        words = " or ".join(WORDS[kind] for kind in kinds)
        return f"{where}: {key}: {given} is not {words}."
    return f"{where}: {key + ': ' if key else ''}{error.message}."
