"""The schemas of settings and cards, with the vocabulary's words filled in."""

import functools
from pathlib import Path

from clear.benchmark.tasks.registry import task_names
from clear.benchmark.vocabulary import OUTPUTS, RECIPES, TOLD, UNITS
from clear.benchmark.yaml_file import read_yaml

NAMES = ("config", "dataset", "method")


@functools.cache  # they take most of the time of a plan
def read_schemas(root: Path) -> dict[str, dict]:
    """Return the schemas of the configuration and of the cards by their names.

    Where a schema says ``words: units`` it gets an ``enum`` of the vocabulary's units; so for
    outputs, told, recipes and tasks.
    """
    words = {
        "units": UNITS,
        "outputs": OUTPUTS,
        "told": TOLD,
        "recipes": RECIPES,
        "tasks": task_names(),
    }
    schemas = {name: read_yaml(root / f"config/schemas/{name}.schema.yaml") for name in NAMES}
    for schema in schemas.values():
        _fill_in(schema, words)
    return schemas


def _fill_in(part: dict | list, words: dict) -> None:
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            _fill_in(value, words)
    if isinstance(part, dict) and isinstance(part.get("words"), str):
        part["enum"] = list(words[part.pop("words")])
