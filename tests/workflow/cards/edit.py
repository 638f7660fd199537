"""Cards are written and changed as a user would."""

from pathlib import Path

import yaml

from clear.benchmark.cards import read_yaml


def save(folder: Path, name: str, card: dict) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(card))


def change(folder: Path, name: str, **keys) -> None:
    save(folder, name, read_yaml(folder / f"{name}.yaml") | keys)
