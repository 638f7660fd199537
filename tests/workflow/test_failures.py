"""Mistakes and mishaps: a clear message, and a report of the rest."""

import json

import pandas as pd
import yaml


def test_a_wrong_setting_on_the_command_line(tmp_path, snakemake):
    output = snakemake(tmp_path, "-n", "--config", "datasets=[yann]", fails=True)
    assert "there is no card 'yann'. Did you mean 'yan'?" in output
    assert "Traceback" not in output


def test_the_paper_run_can_be_planned_without_data(tmp_path, planned):
    jobs = planned(tmp_path, "--resources", "gpu=1")
    assert jobs["method_clear"] == jobs["method_seurat"] == (11 + 4) * 5


def test_lists_and_numbers_from_the_command_line(tmp_path, planned):
    settings = ["datasets=[yan,deng,pollen]", "methods=[clear,pca]", "seeds=[0,1]", "quick=true"]
    jobs = planned(tmp_path, "--config", *settings, f"mirror={tmp_path}", "run=mine")
    assert jobs["method_clear"] == 6
    assert jobs["fetch"] == 3


def statuses(results) -> dict[str, set[str]]:
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    return scores.groupby("dataset").status.unique().map(set).to_dict()


def test_datasets_without_data_leave_the_others_and_a_page(
    tmp_path, cards, cells, served, add_dataset, snakemake, planned
):
    folder, address = served
    add_dataset(cards, "far", files=[{"name": "far.h5ad", "urls": [f"{address}/far.h5ad"]}])
    add_dataset(cards, "broken", path="../broken.h5ad")
    (cards / "broken.h5ad").write_text("this is no HDF5 file")
    add_dataset(cards, "empty", path="../tiny.h5ad", prepare={"min_genes": 5000})
    settings = [f"extra_cards={cards}", "datasets=[broken,empty,far,tiny]"]
    settings += ["methods=[control_random]", "seeds=[0]"]
    arguments = ["--config", *settings, "run=r"]
    output = snakemake(tmp_path, *arguments, fails=True)
    line = output.splitlines()[-1]
    assert line.startswith("error: No data for ")
    for words in ("broken (read failed: ", "empty (prepare failed: ", "far (fetch failed: "):
        assert words in line
    assert "tiny" not in line and "HTTP 404" in line
    assert "can be put by hand" in output

    results = tmp_path / "results/r"
    lost = {name: {"no_data"} for name in ("broken", "empty", "far")}
    assert statuses(results) == lost | {"tiny": {"ok"}}
    runs = pd.read_csv(results / "runs.tsv", sep="\t").set_index("dataset")
    assert len(runs) == 4
    assert runs.loc["far", "message"].startswith("fetch failed: ")
    assert "HTTP 404" in (results / "report/index.html").read_text()
    assert not (results / "data/broken/dataset/dataset.h5ad").exists()

    again = {"fetch": 1, "read": 2, "qc": 3, "prepare": 3, "datasets": 1}
    assert planned(tmp_path, "datasets", *arguments) == again
    snakemake(tmp_path, "datasets", *arguments, fails=True)
    assert planned(tmp_path, "datasets", *arguments) == again  # until the datasets are there

    cells.write_h5ad(folder / "far.h5ad")
    cells.write_h5ad(cards / "broken.h5ad")
    add_dataset(cards, "empty", path="../tiny.h5ad")
    assert planned(tmp_path, *arguments)["page"] == 1
    arguments.insert(0, "results/r/runs.tsv")  # what follows needs no figures
    snakemake(tmp_path, *arguments)
    assert statuses(results) == {name: {"ok"} for name in (*lost, "tiny")}
    assert "Nothing to be done" in snakemake(tmp_path, *arguments)

    run = "results/r/methods/tiny/standard/none/control_random/seed0"
    (tmp_path / run / "embedding.h5").unlink()
    output = snakemake(tmp_path, "-n", *arguments)
    assert f"{run} (embedding.h5)" in output and f"-R {run}\n" in output
    assert planned(tmp_path, *arguments, "-R", run)["method_control_random"] == 1

    with (tmp_path / run.replace("tiny", "far") / "embedding.h5").open("r+b") as file:
        file.truncate(500)
    (tmp_path / run.replace("tiny", "broken") / "status.json").write_text('{"status": "o')
    snakemake(tmp_path, *arguments, "-R", "score")
    damaged = {name: {"bad_output"} for name in ("broken", "far", "tiny")}
    assert statuses(results) == damaged | {"empty": {"ok"}}
    runs = pd.read_csv(results / "runs.tsv", sep="\t").set_index("dataset").fillna("")
    for name, file in zip(
        sorted(damaged), ("status.json", "embedding.h5", "embedding.h5"), strict=True
    ):
        words = runs.loc[name, "message"] + runs.loc[name, "tasks"]
        folder = run.replace("tiny", name)
        assert f"{folder}/{file}" in words and f"add to the command: -R {folder}" in words


def test_a_damaged_download_is_not_the_truth(tmp_path, cards, served, add_dataset, snakemake):
    folder, address = served
    files = [{"name": "far.csv", "urls": [f"{address}/far.csv"]}]
    options = {"reader_options": {"genes_in": "rows"}, "prepare": {"min_genes": 1, "min_cells": 1}}
    add_dataset(cards, "far", files=files, label=None, **options)
    (folder / "far.csv").write_text("gene,a,b\ng1,1,0\ng2,3")  # cut off
    settings = [f"extra_cards={cards}", "datasets=[far]", "methods=[pca]", "seeds=[0]", "run=r"]
    arguments = ["results/r/data/far/dataset", "--config", *settings]
    status, table = tmp_path / arguments[0] / "status.json", cards / "checksums.tsv"
    output = snakemake(tmp_path, *arguments)
    assert "Nobody published a checksum of far.csv" in output
    assert json.loads(status.read_text())["step"] == "read" and not table.exists()
    snakemake(tmp_path, *arguments)  # the same again
    assert "of which reading said: " in json.loads(status.read_text())["message"]
    (folder / "far.csv").write_text("gene,a,b\ng1,1,0\ng2,3,1\n")
    snakemake(tmp_path, *arguments)
    assert json.loads(status.read_text())["status"] == "ok"
    assert len(table.read_text().splitlines()) == 2
    assert "Nothing to be done" in snakemake(tmp_path, *arguments)


def test_a_script_that_python_cannot_read_is_a_failure_of_its_method(
    tmp_path, cards, add_method, snakemake
):
    scripts = {
        "broken": b"def f(:\n",
        "cyrillic": b"# -*- coding: cp1251 -*-\nprint('\xe9')\n",
        "latin": b"name = '\xe9'\n",
    }
    for name, code in scripts.items():
        add_method(cards, name, "", stochastic=False)
        (cards / f"methods/{name}/run.py").write_bytes(code)
    add_method(cards, "draft", "")
    (cards / "methods/draft.yaml").write_text("id: draft\nid: draft\n")
    (cards / "datasets/draft.yaml").write_bytes(b"title: \xe9")
    settings = [f"extra_cards={cards}", "datasets=[tiny]", "seeds=[0]", "run=r"]
    settings.append(f"methods=[{','.join(scripts)},control_random]")
    snakemake(tmp_path, "results/r/runs.tsv", "--config", *settings)
    runs = pd.read_csv(tmp_path / "results/r/runs.tsv", sep="\t").set_index("method")
    lost = dict.fromkeys(("broken", "latin"), "failed") | {"cyrillic": "bad_output"}
    assert runs["status"].to_dict() == lost | {"control_random": "ok"}
    for name in ("broken", "latin"):
        assert runs.loc[name, "message"].startswith("SyntaxError: ")


def test_an_environment_that_cannot_be_built_is_a_record(
    tmp_path, cards, add_method, snakemake, planned
):
    add_method(cards, "own", "", env="own", isolated=True, stochastic=False)
    (cards / "envs").mkdir()
    env = {"dependencies": ["python=3.11", {"pip": ["no-such-file @ file:///no/such.whl"]}]}
    (cards / "envs/own.yaml").write_text(yaml.safe_dump(env))
    settings = [f"extra_cards={cards}", "datasets=[tiny]", "methods=[own]", "seeds=[0]", "run=r"]
    run = "results/r/methods/tiny/standard/none/own/seed0"
    snakemake(tmp_path, run, "--config", *settings)
    status = json.loads((tmp_path / run / "status.json").read_text())
    assert status["status"] == "not_installed"
    assert "environment failed: " in status["message"] and "such.whl" in status["message"]
    again = {"environment": 1, "method_own": 1}
    assert planned(tmp_path, run, "--config", *settings) == again
