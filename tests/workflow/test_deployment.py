"""The workflow from where else it can be started: workflow/Snakefile, or as a module."""

import json
import os
import subprocess

import pytest

MODULE = """
configfile: "config/config.yaml"


module clear:
    snakefile: {snakefile}
    config: config


use rule * from clear
"""


def git(folder, *arguments):
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
    who |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    subprocess.run(["git", *arguments], cwd=folder, env=os.environ | who, check=True)


@pytest.fixture
def user(tmp_path, cards):
    """Return a function that makes what snakedeploy makes: a folder whose Snakefile is a module."""

    def deploy(snakefile: str):
        folder = tmp_path / "user"
        (folder / "config").mkdir(parents=True)
        (folder / "workflow").mkdir()
        settings = {"run": "r", "datasets": ["tiny"], "methods": ["control_random", "pca"]}
        settings |= {"seeds": [0], "extra_cards": str(cards)}
        (folder / "config/config.yaml").write_text(json.dumps(settings))  # JSON is YAML
        (folder / "workflow/Snakefile").write_text(MODULE.format(snakefile=snakefile))
        return folder

    return deploy


@pytest.fixture
def hosted(clone, tmp_path, monkeypatch):
    """The repository as tag v1 of github.com/lab/clear, of which two modules print that."""
    for module in ("plan/plan.py", "logs.py"):
        path = clone / "clear/benchmark" / module
        path.write_text(path.read_text() + f'\nprint("{path.stem} of v1")\n')
    git(clone, "init", "--quiet")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "all")
    git(clone, "tag", "v1")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{clone}.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "https://github.com/lab/clear")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # where Snakemake keeps clones


def test_every_entry_plans_the_same_jobs(tmp_path, repository, planned, user):
    entry = repository / "workflow/Snakefile"
    folder = user(f'"{entry}"')
    arguments = ["--configfile", str(folder / "config/config.yaml")]
    expected = planned(folder, *arguments, snakefile=repository / "Snakefile")
    assert expected["method_pca"] == 1 and expected["page"] == 1
    for jobs in (
        planned(folder, *arguments, snakefile=entry),
        planned(folder, snakefile=folder / "workflow/Snakefile"),
    ):
        assert jobs.pop("everything") == 1
        assert jobs == expected


def test_a_module_from_a_git_host_runs_with_the_code_of_its_commit(hosted, user, snakemake):
    folder = user('github("lab/clear", path="workflow/Snakefile", tag="v1")')
    table = "results/r/scores/clustering/tiny/standard/none/control_random.tsv"
    output = snakemake(folder, table, snakefile=folder / "workflow/Snakefile")
    assert "plan of v1" in output  # Snakemake itself
    assert "logs of v1" in output  # a script that it started
    assert "given_k" in (folder / table).read_text()
