"""The reference pages say what the schemas, cards and presets say."""

import pytest

from clear.benchmark.cards import read_yaml
from clear.benchmark.docs.reference import pages


@pytest.mark.parametrize("name", ["settings", "datasets", "methods", "presets"])
def test_committed_pages_are_current(repository, name):
    name = f"docs/{name}.md"
    assert (repository / name).read_text() == pages(repository)[name], "run make docs"


@pytest.mark.parametrize("name", ["config", "dataset", "method"])
def test_every_key_is_explained(repository, name):
    def check(schema, where):
        for key, part in schema.get("properties", {}).items():
            assert part.get("description") or "$ref" in part, f"{where}.{key}"
            check(part.get("items", part), f"{where}.{key}")

    check(read_yaml(repository / f"config/schemas/{name}.schema.yaml"), name)


def test_pins_stand_in_one_place(repository):
    """Whatever an environment shares with constraints.txt has the same version."""
    lines = (repository / "constraints.txt").read_text().splitlines()
    pins = dict(line.lower().split("==") for line in lines if "==" in line)
    for path in (repository / "envs").glob("*.yaml"):
        for item in read_yaml(path)["dependencies"]:
            if isinstance(item, dict):
                for requirement in item["pip"]:
                    name, version = requirement.lower().split("==")
                    assert pins.get(name, version) == version, f"{path.name}: {requirement}"
            else:
                assert "=" in item, f"{path.name}: {item} has no pin"
