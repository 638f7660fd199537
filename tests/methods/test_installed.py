"""Which packages of an environment are installed, and which modules they have."""

from importlib.metadata import version

from clear.benchmark.code_hash import packages
from clear.benchmark.methods.installed import installed, modules

ENV = "dependencies: [python=3.11, {pip: [numpy==1.0, 'no.such-package>=2', made_up==3]}, r-base]"


def test_versions_of_python_are_those_that_are_here(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "made_up-3.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: made_up\nVersion: 3.1\n")
    (folder / "RECORD").write_text("mine/__init__.py,,\nmine/part.py,,\nmine/a/__init__.py,,\n")
    (tmp_path / "env.yaml").write_text(ENV)
    found = installed(tmp_path / "env.yaml", "python")
    assert found == {"numpy": version("numpy"), "no.such-package": None, "made_up": "3.1"}
    assert modules("made_up") == {"mine"}
    assert modules("no.such-package") == set()


def test_a_package_of_another_name_than_its_module():
    assert "sklearn" in modules("scikit-learn")
    assert "umap" in modules("umap-learn")
    assert "yaml" in modules("pyyaml")


def test_a_step_uses_the_packages_that_its_code_imports(repository):
    found = packages(repository / "scripts/data/prepare.py")
    assert {"scanpy", "anndata"} <= found
    assert not {"torch", "jinja2", "matplotlib"} & found
