"""Reference pages made from schemas, cards and presets: ``python -m clear.benchmark.docs``.

A test compares the committed pages with what this module makes, so they cannot go stale.
"""

from pathlib import Path

from clear.benchmark.cards import load_cards
from clear.benchmark.code_hash import ROOT
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.data.readers import BY_SUFFIX, READERS
from clear.benchmark.docs.baselines import baselines_page
from clear.benchmark.docs.datasets import datasets_page
from clear.benchmark.docs.markdown import plain
from clear.benchmark.docs.presets import presets_page
from clear.benchmark.schemas import read_schemas

NOTE = "<!-- Made by `make docs` from {source}; edit that instead. -->\n"
TABLE_END = "<!-- end of the table -->\n"


def pages(root: Path = ROOT) -> dict[str, str]:
    """Return every generated page as text, by its path in the repository."""
    schemas = read_schemas(root)
    datasets = load_cards("datasets", [root / "config"], schemas["dataset"])
    methods = load_cards("methods", [root / "config"], schemas["method"])
    configuration = (root / "config/README.md").read_text(encoding="utf-8")
    return {
        "config/README.md": with_table(configuration, schemas["config"]),
        "docs/settings.md": settings_page([schemas["dataset"], schemas["method"]]),
        "docs/datasets.md": datasets_page(
            {name: with_source(card) for name, card in datasets.items()},
            NOTE.format(source="config/datasets"),
        ),
        "docs/baselines.md": baselines_page(methods, NOTE.format(source="config/methods")),
        "docs/presets.md": presets_page(root / "docs/presets.md"),
    }


def with_table(page: str, schema: dict) -> str:
    """Return a page with its table of a schema's keys made anew; the text around it stays."""
    start = NOTE.format(source="config/schemas/config.schema.yaml")
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(TABLE_END)
    return f"{before}{start}\n{_table(schema)}\n{TABLE_END}{after}"


def settings_page(schemas: list[dict]) -> str:
    """Return the tables of every key of the cards, and of the readers."""
    parts = ["# Cards\n", NOTE.format(source="config/schemas")]
    parts += ["\nThe settings of a run are in [config/README.md](../config/README.md).\n"]
    for schema in schemas:
        parts += [f"\n## {schema['title']}\n", f"\n{schema['description']}\n", "\n"]
        parts += [_table(schema)]
    return "".join([*parts, readers_table()])


def readers_table() -> str:
    """Return the table of the readers of datasets and their options."""
    suffixes = {
        name: ", ".join(suffix for suffix, reader in BY_SUFFIX.items() if reader == name)
        for name in READERS
    }
    parts = [
        "\n## Readers\n\nWhat `reader` and `reader_options` of a dataset card may say. A reader"
    ]
    parts += [" that a card does not name follows from the suffix of its first matrix.\n"]
    parts += [
        "\n| reader | option | reads, or what the option means | suffixes |\n|---|---|---|---|\n"
    ]
    for name, reader in READERS.items():
        roles = "" if len(reader.roles) == 1 else f" Roles of its files: {', '.join(reader.roles)}."
        parts += [f"| `{name}` | | {reader.meaning}{roles} | {suffixes[name]} |\n"]
        for key, meaning in reader.options.items():
            needed = " (required)" if key in reader.needed else ""
            parts += [f"| | `{key}`{needed} | {meaning} | |\n"]
    return "".join(parts)


def _table(schema: dict) -> str:
    required = schema.get("required", [])
    rows = [_row(*row) for row in _keys(schema, "", required)]
    return "".join(["| key | type | default | meaning |\n|---|---|---|---|\n", *rows])


def _keys(schema: dict, prefix: str, required: list[str]):
    for name, part in schema["properties"].items():
        if "$ref" in part:  # explained where it is defined
            continue
        yield prefix + name, part, name in required
        inner = part.get("items", part)
        if inner.get("properties"):
            dots = "[]." if part.get("type") == "array" else "."
            yield from _keys(inner, f"{prefix}{name}{dots}", inner.get("required", []))


def _row(key: str, part: dict, required: bool) -> str:
    kind = part.get("type", "")
    kind = " or ".join(kind) if isinstance(kind, list) else kind
    enum = part.get("enum") or part.get("items", {}).get("enum")
    kind = f"{kind + ' of ' if kind else ''}{', '.join(map(str, enum))}" if enum else kind
    default = "required" if required else plain(part.get("default", ""))
    return (
        f"| `{key}` | {kind} | {default} | {part.get('description', '').replace('<', '&lt;')} |\n"
    )
