"""YAML as cards, environments and schemas are written in it: the plain part that means one thing.

As in YAML 1.2, ``true``, ``false``, ``null`` and decimal numbers are values and all else is text:
``no``, ``001``, ``2020-01-01`` and ``12:30`` stay what was typed, and ``1e-3`` is a number.
"""

import os
import re
from pathlib import Path
from typing import ClassVar

import yaml

from clear.benchmark.settings import CardError

_DIGITS = r"(?:0|[1-9]\d*)"
_VALUES = {  # whole numbers before others: the first that fits is taken
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "int": (rf"[-+]?{_DIGITS}", "-+0123456789"),
    "float": (
        rf"[-+]?(?:{_DIGITS}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
}


class _Loader(yaml.SafeLoader):
    """Reads the plain part of YAML, and no key twice."""

    yaml_implicit_resolvers: ClassVar = {}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in seen:
                problem = f"the key '{key.value}' is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value if isinstance(key.value, str) else None)
        return super().construct_mapping(node, deep)


for _name, (_pattern, _first) in _VALUES.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), list(_first)
    )


def read_yaml(path: Path) -> dict:
    """Return the mapping in a YAML file.

    Raises
    ------
    CardError
        When the file cannot be read, is not YAML, has a key twice, or holds something other than
        a mapping.
    """
    try:
        value = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except OSError as error:
        raise CardError(f"{short(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise CardError(f"{short(path)} is not UTF-8 ({error}): save it as UTF-8.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CardError(f"{short(path)} is not valid YAML: {_words(error)}.") from None
    if not isinstance(value, dict):
        raise CardError(f"{short(path)} must hold a mapping of keys to values.")
    return value


def short(path: Path) -> str:
    """Return a path relative to the working folder where that is shorter."""
    return min(str(path), os.path.relpath(path), key=len)


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}: " if mark else ""
    return where + " ".join(str(getattr(error, "problem", None) or error).split())
