"""The reference pages say what the schemas, cards and presets say."""

import re
import tomllib

import pytest
import yaml

from clear.benchmark.docs.baselines import baselines_page
from clear.benchmark.docs.reference import pages
from clear.benchmark.yaml_file import read_yaml

PAGES = ["config/README.md", "docs/settings.md", "docs/datasets.md", "docs/baselines.md"]
PAGES += ["docs/presets.md"]


@pytest.mark.parametrize("name", PAGES)
def test_committed_pages_are_current(repository, name):
    assert (repository / name).read_text() == pages(repository)[name], "run make docs"


@pytest.mark.parametrize("name", ["config", "dataset", "method"])
def test_every_key_is_explained(repository, name):
    def check(schema, where):
        for key, part in schema.get("properties", {}).items():
            assert part.get("description") or "$ref" in part, f"{where}.{key}"
            check(part.get("items", part), f"{where}.{key}")

    check(read_yaml(repository / f"config/schemas/{name}.schema.yaml"), name)


def test_pins_stand_in_one_place(repository):
    """Whatever an environment shares with constraints.txt has the same version.

    Except the numpy of Slingshot and the numba of RAPIDS, for which these environments are there.
    """
    lines = (repository / "constraints.txt").read_text().splitlines()
    pins = dict(line.lower().split("==") for line in lines if "==" in line)
    own = {("numpy", "slingshot"), ("numpy", "clear_slingshot"), ("numba", "rapids")}
    for path in (repository / "envs").glob("*.yaml"):
        for item in read_yaml(path)["dependencies"]:
            if isinstance(item, dict):
                for requirement in item["pip"]:
                    name, version = requirement.lower().split("==")
                    if (name, path.stem) in own:
                        continue
                    assert pins.get(name, version) == version, f"{path.name}: {requirement}"
            else:
                assert "=" in item, f"{path.name}: {item} has no pin"


def test_upstream_versions_are_those_of_the_environment(repository):
    for path in (repository / "config/methods").glob("*.yaml"):
        card = read_yaml(path)
        if card["implementation"] == "upstream":
            name, version = re.match(r"([\w.-]+) (\d[\w.]*)", card["version"]).groups()
            pins = (repository / f"envs/{card.get('env', 'main')}.yaml").read_text()
            assert re.search(rf"{name}==?{version}\n", pins), path.name


def test_a_section_says_how_faithful_a_reimplementation_is():
    card = {"told": [], "outputs": ["embedding"], "stochastic": True, "reproducible": True}
    card |= {"implementation": "reimplementation", "language": "python"}
    cards = {
        name: card | {"id": name, "title": name.upper()} | more
        for name, more in {
            "compared": {"fidelity": "ARI .5 there, .6 here.", "version": "tool 1.2"},
            "variant": {"script": "compared", "quick_settings": {"epochs": 3}},
            "unknown": {"stochastic": False},
            "theirs": {"implementation": "upstream", "script": "compared"},
        }.items()
    }
    overview, *sections = baselines_page(cards, "").split("\n## ")
    assert (
        "| [COMPARED](#compared) | reimplementation | tool 1.2 | nothing | embedding |" in overview
    )
    compared, variant, unknown, theirs = sections
    assert "**Fidelity.** ARI .5 there, .6 here." in compared
    assert "**Fidelity.** As for [COMPARED](#compared)" in variant
    assert "| quick settings | epochs: 3 |" in variant
    assert "**Fidelity.** No comparison" in unknown
    assert "| seed | does not matter" in unknown
    assert "Fidelity" not in theirs


def test_the_versions_of_python_are_the_same_everywhere(repository):
    def text(name):
        return (repository / name).read_text()

    def versions(line):
        return [int(minor) for minor in re.findall(r"3[.](\d+)", line)]

    project = tomllib.loads(text("pyproject.toml"))
    low, high = versions(project["project"]["requires-python"])  # from low to below high
    stated = list(range(low, high))
    assert project["tool"]["ruff"]["target-version"] == f"py3{low}"
    (bounds,) = re.findall(r"not [(]3, (\d+)[)] <= .* <= [(]3, (\d+)[)]", text("Makefile"))
    assert [int(bound) for bound in bounds] == [low, high - 1]
    assert versions(re.search(r"Python 3.* is needed", text("Makefile"))[0]) == stated
    assert versions(re.search(r"On a machine with Python .*", text("README.md"))[0]) == stated
    assert versions(re.search(r"for Python 3.*? [(]", text("constraints.txt"))[0]) == stated
    for path in (repository / "envs").glob("*.yaml"):
        pins = [p for p in read_yaml(path)["dependencies"] if str(p).startswith("python=")]
        assert [versions(pin)[0] in stated for pin in pins] == [True], path.name


def test_what_the_workflow_catalogue_asks_for(repository):
    """From its documentation, "Standardized usage workflows"."""
    readme = (repository / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (repository / "workflow/Snakefile").is_file()
    assert (repository / "config/config.yaml").is_file()
    usage = yaml.safe_load((repository / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    deployment = usage["software-stack-deployment"]
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert deployment["conda"] and deployment["report"]


def test_the_example_of_a_metric_works(repository):
    text = (repository / "CONTRIBUTING.md").read_text()
    (code,) = re.findall(r"## A metric\n.*?```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["METRICS"]["ami"].function([0, 0, 1], [1, 1, 0]) == 1
