"""The hash of a step's code follows imports, and only those."""

import re
from pathlib import Path

import pytest

from clear.benchmark.code_hash import ROOT, dependencies, source_hash


def names(script) -> set[str]:
    return {
        str(file.relative_to(ROOT)) for file in dependencies(ROOT / script) if ROOT in file.parents
    }


def test_a_script_depends_on_what_it_imports_directly_or_not():
    found = names("scripts/tasks/score.py")
    assert {"clear/benchmark/tasks/registry.py", "clear/files/atomic.py"} <= found
    assert "clear/__init__.py" in found
    assert not any("figures" in name or "train" in name for name in found)


def test_a_module_that_is_named_depends_on_its_packages():
    found = names("clear/benchmark/data/readers/tenx_h5.py")
    assert {"clear/benchmark/data/readers/__init__.py", "clear/errors.py"} <= found
    assert {"clear/__init__.py", "clear/benchmark/__init__.py"} <= found


def test_the_lazy_name_of_the_package_leads_to_the_model():
    assert {"clear/estimator/fit.py", "clear/model/train.py", "clear/model/augment.py"} <= names(
        "scripts/methods/clear/run.py"
    )
    assert "clear/cli.py" not in names("scripts/methods/clear/run.py")


def test_what_a_preset_is_belongs_to_scripts_that_name_presets():
    parts = {f"clear/presets/{name}.py" for name in ("__init__", "preset", "values")}
    assert parts <= names("scripts/methods/siamese/run.py")


def test_helpers_beside_a_script_belong_to_it(tmp_path):
    (tmp_path / "tools").mkdir()
    for name, text in {
        "mine.py": "import numpy\nimport json\nimport helper\nfrom tools import norm\n",
        "helper.py": "from . import second\n",
        "second.py": "",
        "json.py": "",
        "tools/norm.py": "",
        "stranger.py": "",
    }.items():
        (tmp_path / name).write_text(text)
    found = {file.name for file in dependencies(tmp_path / "mine.py")}
    assert found == {"mine.py", "helper.py", "second.py", "norm.py"}


def hash_of(folder: Path, name: str, text: str) -> str:
    folder.mkdir()
    (folder / name).write_text(text)
    return source_hash(folder / name)


@pytest.mark.parametrize(
    ("name", "text", "same", "other"),
    [
        ("a.py", "x = 1\n", "x = 1  # one\n", "x = 2\n"),
        ("a.R", "x <- 1\n", "x <- 1 # one\n", "x <- 2\n"),
        ("a.css", "p {}\n", None, "p {} /* none */\n"),
    ],
)
def test_the_hash_changes_with_the_code(tmp_path, name, text, same, other):
    before = hash_of(tmp_path / "before", name, text)
    if same:
        assert hash_of(tmp_path / "same", name, same) == before
    assert hash_of(tmp_path / "other", name, other) != before


def test_the_hash_changes_with_a_module_that_is_imported(tmp_path):
    text = "import helper"
    (tmp_path / "a").mkdir()
    (tmp_path / "a/helper.py").write_text("x = 1")
    (tmp_path / "b").mkdir()
    (tmp_path / "b/helper.py").write_text("x = 2")
    for folder in ("a", "b"):
        (tmp_path / folder / "mine.py").write_text(text)
    assert source_hash(tmp_path / "a/mine.py") != source_hash(tmp_path / "b/mine.py")


def test_every_rule_with_a_script_has_the_hash_of_it(repository):
    rules = []
    for file in (repository / "rules").glob("*.smk"):
        rules += re.split(r"^ *(?=rule\b)", file.read_text(), flags=re.MULTILINE)[1:]
    with_script = {re.split(r"[ :\n]+", rule)[1]: rule for rule in rules if "    script:" in rule}
    assert len(with_script) > 8
    # without an output it is always run
    del with_script["dataset_card_check"]
    for name, rule in with_script.items():
        assert re.search(r"\bsources=FLOW\.\w+", rule), name


def test_nothing_is_loaded_by_name_that_no_rule_names(repository):
    """An import that is not in the text is not followed: who adds one has its rule name it."""
    loads = re.compile(r"\b(import_module|__import__|iter_modules|spec_from_file_location)\(")
    files = [*(repository / "clear").rglob("*.py"), *(repository / "scripts").rglob("*.py")]
    found = {str(f.relative_to(repository)) for f in files if loads.search(f.read_text())}
    assert found <= {
        "clear/benchmark/data/readers/__init__.py",  # rule read: the card's readers
        "clear/benchmark/discover.py",  # rule score: the task's module, families of its metrics
        "clear/benchmark/figures/drawing.py",  # the figure's rule: its module
        "clear/benchmark/methods/launch.py",  # a method's rule: the script and the contract
        "scripts/tables/make.py",  # the table's rule: its module
        "scripts/methods/simlr_large_scale/package.py",  # a package: its version is in the rule
    }


@pytest.mark.parametrize("name", ["run.py", "run.R"])
@pytest.mark.parametrize("code", [b"def f(:\n", b"name = '\xe9'\n", b"x = '\xe9\x00'\n"])
def test_of_what_cannot_be_read_every_byte_counts(tmp_path, name, code):
    for folder, end in (("a", b""), ("b", b"1")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(code + end)
    assert source_hash(tmp_path / "a" / name) != source_hash(tmp_path / "b" / name)
