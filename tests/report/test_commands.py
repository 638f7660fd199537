"""The command beside a number plans the run that made it."""

import shlex

import pytest
import yaml

from clear.benchmark.plan import load_plan
from clear.benchmark.report.commands import CHOSEN, recompute
from clear.benchmark.report.manifest import manifest


@pytest.fixture
def plan(repository):
    def load(**settings):
        config = yaml.safe_load((repository / "config" / "config.yaml").read_text())
        config |= {"datasets": ["yan", "muraro"], "perturbations": {}, "close_up": {}}
        return load_plan(config | settings, repository)

    return load


def again(plan, text):
    """The plan of a command with these settings; Snakemake reads each as YAML."""
    pairs = (argument.split("=", 1) for argument in shlex.split(text))
    return plan(**{key: yaml.safe_load(value) for key, value in pairs})


def test_settings_that_are_not_the_defaults_are_in_the_command(plan, tmp_path):
    mine = {"quick": True, "device": "cpu", "mirror": str(tmp_path)}
    mine |= {"prepare": {"min_genes": 100, "scale": 10}, "limits": {"minutes": 5}}
    run = plan(methods=["pca", "seurat", "scvi"], seeds=[3, 4], **mine)
    found = recompute(manifest(run))
    repeated = again(plan, found["settings"])
    for key in run.config.keys() - set(CHOSEN):
        assert repeated.config[key] == run.config[key], key
    assert recompute(manifest(plan()))["settings"] == ""
    assert found["asked"] == [["pca"], ["seurat"], ["scvi"]]
    assert found["seeds"] == [run.seeds(name) for name in ("pca", "seurat", "scvi")]


def test_arms_of_an_ablation_are_asked_for_by_the_setting(plan):
    run = plan(methods=["control_labels"], ablation=["released", "paper"], quick=True)
    found = recompute(manifest(run))
    assert len(found["asked"]) == len(run.methods) > 3
    assert all(asked == ["control_labels"] for asked in found["asked"])
    assert again(plan, found["settings"]).ablation == run.ablation


def test_a_configuration_of_a_tuned_method_is_asked_for_by_the_method(plan):
    run = plan(methods=["control_labels", "pca_scaled"], tuning="silhouette")
    found = recompute(manifest(run))
    assert found["asked"][0] == ["control_labels"] and len(found["asked"]) > 2
    assert all(asked == ["pca_scaled"] for asked in found["asked"][1:])
    assert again(plan, f"methods=[pca_scaled] {found['settings']}").methods.keys() == (
        run.methods.keys() - {"control_labels"}
    )
