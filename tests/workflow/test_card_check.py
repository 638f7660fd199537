"""The target that asks every address of the dataset cards, and what fetching depends on."""

import hashlib
import os
import time
from types import SimpleNamespace

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml

from clear.benchmark.dataset_steps import DatasetSteps
from clear.benchmark.plan import load_plan
from clear.benchmark.workflow import Workflow
from clear.benchmark.yaml_file import read_yaml

TOY = SimpleNamespace(dataset="toy")


@pytest.fixture
def flow(repository, tmp_path, add_dataset):
    """What the rules of data ask, with one card of one's own."""

    def make(card: dict, **settings) -> DatasetSteps:
        add_dataset(tmp_path / "mine", "toy", **card)
        config = read_yaml(repository / "config/config.yaml")
        config |= {"extra_cards": str(tmp_path / "mine"), "datasets": ["toy"]} | settings
        return Workflow(load_plan(config, repository), repository, with_conda=False).data

    return make


def files(*names):
    return [{"name": name, "urls": [f"https://example.org/{name}"]} for name in names]


def test_fetching_depends_on_the_files_of_every_source_only(flow):
    other = {"name": "other", "files": files("b.rds"), "reader_options": {"assay": "counts"}}
    card = flow({"files": files("a.rds"), "alternatives": [other]}).fetch_card(TOY)
    assert set(card) == {"id", "files", "alternatives"}
    assert [set(other) for other in card["alternatives"]] == [{"name", "files"}]


def test_files_of_every_source_in_the_mirror_are_watched(flow, tmp_path):
    for name in ("b.rds", "toy.h5ad", "stranger"):
        (tmp_path / name).touch()
    other = {"name": "other", "files": files("b.rds")}
    card = {"files": files("a.rds"), "alternatives": [other]}
    watched = flow(card, mirror=str(tmp_path)).local_files(TOY)
    assert watched == [str(tmp_path / "b.rds"), str(tmp_path / "toy.h5ad")]


def test_a_mirror_mounted_anew_repeats_nothing_that_a_checksum_vouches_for(
    tmp_path, cells, add_dataset, snakemake, planned
):
    """Larger than what Snakemake itself compares by content."""
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    large = anndata.AnnData(np.random.default_rng(0).poisson(1, (60, 5000)).astype(np.float32))
    large.obs["cell_type"] = ["a", "b"] * 30
    for name in ("known", "unknown"):
        large.write_h5ad(path := mirror / f"{name}.h5ad")
        assert path.stat().st_size > 1_000_000
        entry = {"name": path.name, "urls": [f"https://example.org/{path.name}"]}
        if name == "known":
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        add_dataset(tmp_path / "mine", f"the_{name}", files=[entry])
    settings = [f"results/r/data/the_{name}/source" for name in ("known", "unknown")]
    settings += ["--config", f"extra_cards={tmp_path / 'mine'}", f"mirror={mirror}", "run=r"]
    settings += ["datasets=[the_known,the_unknown]", "methods=[pca]"]
    snakemake(tmp_path, *settings)
    assert planned(tmp_path, *settings) == {}
    for path in mirror.iterdir():
        os.utime(path, (later := time.time() + 10, later))
    assert planned(tmp_path, *settings)["fetch"] == 1  # the other one might be another file


def test_change_inside_a_folder_is_seen(flow, tmp_path):
    folder = tmp_path / "mine/cells"
    (folder / "X").mkdir(parents=True)
    for number, path in enumerate((folder / "X/0.0", folder / "X/0.1")):
        path.touch()
        os.utime(path, (10 + number, 10 + number))
    for path in (folder / "X", folder):
        os.utime(path, (5, 5))
    workflow = flow({"path": "../cells", "reader": "tenx_mtx"})
    assert workflow.local_files(TOY) == [str(folder / "X/0.1")]
    os.utime(folder / "X", (20, 20))  # as when a file was removed
    assert workflow.local_files(TOY) == [str(folder / "X")]


def test_table_of_checksums_stands_beside_the_cards(flow, tmp_path, repository):
    workflow = flow({"files": files("a.rds")}, datasets=["toy", "yan"])
    assert workflow.checksums(TOY, None) == str(tmp_path / "mine/checksums.tsv")
    yan = SimpleNamespace(dataset="yan")
    assert workflow.checksums(yan, None) == str(repository / "config/checksums.tsv")


def test_dataset_card_check(clone, served, add_dataset, tmp_path, snakemake):
    folder, address = served
    for card in (clone / "config/datasets").glob("*.yaml"):
        if "files" in read_yaml(card):
            card.unlink()  # no archive is asked by a test
    settings = read_yaml(clone / "config/config.yaml")
    for named in ("close_up", "perturbations"):  # datasets that are gone
        settings.pop(named)
    (clone / "config/config.yaml").write_text(yaml.safe_dump(settings))
    file = {"name": "far.h5ad", "urls": [f"{address}/far.h5ad"], "size": 3}
    add_dataset(tmp_path / "cards", "far", files=[file])
    arguments = ["dataset_card_check", "--config", f"extra_cards={tmp_path / 'cards'}"]
    # every card is checked, chosen or not
    arguments += ["datasets=[simulated]", "methods=[pca]", "run=r"]
    keywords = {"snakefile": clone / "Snakefile"}

    output = snakemake(tmp_path, *arguments, fails=True, **keywords)
    assert "No address serves: far/main/far.h5ad" in output
    table = tmp_path / "results/r/data/card_check.tsv"
    assert pd.read_csv(table, sep="\t").status.tolist() == ["HTTP 404 Not Found"]
    assert not (tmp_path / "results/r/report").exists()

    (folder / "far.h5ad").write_bytes(b"abc")
    output = snakemake(tmp_path, *arguments, **keywords)  # although there is a table
    rows = [line.split()[:4] for line in output.splitlines()]
    assert ["far", "main", "far.h5ad", "ok"] in rows
    assert pd.read_csv(table, sep="\t")["size"].tolist() == [3]
