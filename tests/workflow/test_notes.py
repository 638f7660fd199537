"""What is said before a run starts."""

import shutil
import socket
from types import SimpleNamespace

import pytest

from clear.benchmark.method_runs import MethodRuns
from clear.benchmark.methods.gpus import has_gpu
from clear.benchmark.notes import notes
from clear.benchmark.plan import load_plan
from clear.benchmark.rule_code import RuleCode
from clear.benchmark.yaml_file import read_yaml


@pytest.fixture
def plan_of(repository, tmp_path):
    config = read_yaml(repository / "config/config.yaml")
    config |= {"extra_cards": str(tmp_path / "cards"), "seeds": [0], "methods": ["pca"]}
    return lambda **keys: load_plan(config | keys, repository)


def test_a_run_takes_a_gpu_only_where_it_will_have_one(plan_of, repository, cards, gpu, tmp_path):
    def taken(device, local=True):
        has_gpu.cache_clear()
        plan = plan_of(methods=["pca", "clear"], datasets=["tiny"], device=device)
        methods = MethodRuns(plan, RuleCode(repository, False), "results/r")
        workflow = SimpleNamespace(local_exec=local)
        said = any("no GPU" in note for note in notes(plan, "results/r", tmp_path))
        return [methods.gpus(None, card, workflow) for card in plan.methods.values()], said

    assert taken("auto") == ([0, 1], False)
    assert taken("cpu") == ([0, 0], False)
    gpu.unlink()
    assert taken("auto") == ([0, 0], True)
    assert taken("cuda") == ([0, 1], False)  # the run will say that there is none
    assert taken("auto", local=False) == ([0, 1], True)  # the cluster may have what we lack


def test_no_network_is_said_where_something_must_be_downloaded(
    plan_of, cards, served, add_dataset, tmp_path
):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    folder, address = served
    for name, host in {"near": address, "far": f"http://127.0.0.1:{port}"}.items():
        add_dataset(cards, name, files=[{"name": "a.h5ad", "urls": [f"{host}/a.h5ad"]}])

    def said(*datasets, **keys):
        plan = plan_of(datasets=list(datasets), **keys)
        return [n for n in notes(plan, str(tmp_path / "r"), tmp_path / "downloads") if "far" in n]

    (note,) = said("tiny", "far")
    assert note.startswith("There is no network here: far cannot be downloaded.")
    assert said("near", "far") == []  # one host answers, be it with 404
    (folder / "far.h5ad").touch()
    assert said("far", mirror=str(folder)) == []
    assert said("far") != []
    (tmp_path / "downloads/far").mkdir(parents=True)
    (tmp_path / "downloads/far/a.h5ad").touch()
    assert said("far") == []


def test_folders_that_lost_files_are_named(plan_of, cards, tmp_path):
    run = tmp_path / "r"
    plan = plan_of(datasets=["tiny"], methods=["pca", "clear"], seeds=[0, 1, 2])
    statuses = {("clear", 1): "timeout"}  # which writes nothing else
    lines = ["dataset\trecipe\tperturbation\tmethod\tseed\tstatus"]
    for *prepared, method, seed in plan.runs()[:-1]:  # the last is yet to run
        status = statuses.get((method, seed), "ok")
        lines.append("\t".join([*prepared, method, str(seed), status]))
        folder = run / "methods" / "/".join(prepared) / method / f"seed{seed}"
        folder.mkdir(parents=True)
        (folder / "status.json").touch()
        if status == "ok":
            (folder / "embedding.h5").touch()
    data = run / "data/tiny/standard/none"
    data.mkdir(parents=True)
    for name in ("status.json", "input.h5ad", "truth.tsv"):
        (data / name).touch()

    def said():
        return [note for note in notes(plan, str(run), tmp_path) if "gone" in note]

    assert said() == []
    (run / "runs.tsv").write_text("\n".join(lines))
    assert said() == []
    (data / "truth.tsv").unlink()
    one = run / "methods/tiny/standard/none/clear/seed0"
    (one / "embedding.h5").unlink()
    (note,) = said()
    assert f"{data} (truth.tsv)" in note and f"{one} (embedding.h5)" in note
    assert note.count("embedding.h5") == 1
    assert set(note.split(" -R ")[1].split()) == {str(data), str(one)}
    shutil.rmtree(run / "methods")
    (note,) = said()
    assert "and 1 more" in note
    assert set(note.split(" -R ")[1].split()) == {"prepare", "method_pca", "method_clear"}


def test_datasets_with_the_same_cells_are_named_unless_their_cards_say_so(
    plan_of, cards, add_dataset, tmp_path
):
    def said(**of_both):
        for name, accession in (("one", "GSE1, GSM7"), ("two", "GSM7"), ("three", "GSE2")):
            keys = {"path": f"../{name}.h5ad", "accession": accession} | of_both
            add_dataset(cards, name, **keys)
        plan = plan_of(datasets=["one", "two", "three"])
        return [line for line in notes(plan, str(tmp_path), tmp_path) if "same cells" in line]

    (line,) = said()
    assert line.startswith("one and two may hold the same cells: both have GSM7.")
    assert said(related="skin") == []
