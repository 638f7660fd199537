"""The hash of a step's sources follows imports, and only those."""

from clear.benchmark.code_hash import ROOT, dependencies, source_hash


def names(script) -> set[str]:
    return {
        str(file.relative_to(ROOT)) for file in dependencies(ROOT / script) if ROOT in file.parents
    }


def test_a_script_depends_on_what_it_imports_directly_or_not():
    found = names("scripts/tasks/score.py")
    assert {"clear/benchmark/metrics/clustering.py", "clear/files/atomic.py"} <= found
    assert "clear/__init__.py" in found
    assert not any("figures" in name or "train" in name for name in found)


def test_the_lazy_name_of_the_package_leads_to_the_model():
    assert {"clear/estimator.py", "clear/model/train.py", "clear/model/augment.py"} <= names(
        "scripts/methods/clear/run.py"
    )
    assert "clear/cli.py" not in names("scripts/methods/clear/run.py")


def test_a_page_depends_on_its_template():
    assert any(name.endswith(".j2") for name in names("scripts/report/page.py"))


def test_helpers_beside_a_script_belong_to_it(tmp_path):
    (tmp_path / "tools").mkdir()
    for name, text in {
        "mine.py": "import numpy\nimport helper\nfrom tools import norm\n",
        "helper.py": "import second\n",
        "second.py": "",
        "tools/norm.py": "",
        "stranger.py": "",
    }.items():
        (tmp_path / name).write_text(text)
    found = {file.name for file in dependencies(tmp_path / "mine.py")}
    assert found == {"mine.py", "helper.py", "second.py", "norm.py"}


def test_the_hash_changes_with_the_text(tmp_path):
    script = tmp_path / "a.py"
    script.write_text("import clear.errors\n")
    before = source_hash(script)
    script.write_text("import clear.errors  # edited\n")
    assert source_hash(script) != before
