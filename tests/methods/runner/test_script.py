"""What a script gets and sees, and what keeps it from being started."""

import json

import numpy as np
import pytest


def test_missing_interpreter(run, tmp_path):
    result = run("", name="method.R", variables={"PATH": str(tmp_path)})
    assert result.status["status"] == "not_installed"
    assert "install R" in result.status["message"]
    assert result.status["wall_s"] is None
    assert result.outputs == set() and "install R" in result.log
    (tmp_path / "status.json").write_text(json.dumps({"status": "ok"}))
    (tmp_path / "environment.json").write_text(json.dumps({"python": "no/such/python"}))
    result = run("", environment=str(tmp_path))
    assert result.status["status"] == "not_installed"
    assert "no/such/python" in result.status["message"]
    record = {"status": "failed", "step": "environment", "message": "uv could not build it"}
    (tmp_path / "status.json").write_text(json.dumps(record))
    result = run("", environment=str(tmp_path))
    assert result.status["status"] == "not_installed"
    assert result.status["message"] == "environment failed: uv could not build it"


def test_a_dataset_without_data_starts_nothing(run, prepared):
    for path in prepared.folder.iterdir():
        path.unlink()
    record = {"status": "failed", "step": "fetch", "message": "no address of mine.h5ad answers"}
    (prepared.folder / "status.json").write_text(json.dumps(record))
    result = run("raise SystemError('never started')", told=["n_clusters", "labels"])
    assert result.status["status"] == "no_data"
    assert result.status["message"] == "fetch failed: no address of mine.h5ad answers"
    assert result.status["wall_s"] is None and result.status["told"] == {}
    assert result.outputs == set()
    assert json.loads((result.folder / "params.json").read_text())["seed"] == 0


def test_not_applicable(run):
    result = run(
        """
        import atexit
        from contract import not_applicable
        atexit.register(print, "a library says goodbye")
        not_applicable("needs raw counts, and these are logged")
        """
    )
    assert result.status["status"] == "not_applicable"
    assert result.status["message"] == "needs raw counts, and these are logged"
    result = run("raise SystemError('never started')", not_applicable="unit rpkm is not served")
    assert result.status["status"] == "not_applicable"
    assert result.status["message"] == "unit rpkm is not served"
    assert result.outputs == set()


def test_a_method_knows_only_what_it_is_told(run, embeds, prepare):
    made = prepare(batch=True)
    script = (
        embeds
        + """
    import json
    known = {key: getattr(params, key) for key in ("n_clusters", "batch", "truth")}
    print(json.dumps([known, None if data.batch is None else data.batch[:3].tolist()]))
    """
    )
    nothing = dict.fromkeys(("n_clusters", "batch", "truth"))
    result = run(script, data=str(made.folder))
    assert json.loads(result.log.splitlines()[-1]) == [nothing, None]
    assert result.status["told"] == {}
    result = run(script, data=str(made.folder), told=["n_clusters", "batch"])
    expected = [{**nothing, "n_clusters": 3, "batch": "batch"}, ["a", "b", "a"]]
    assert json.loads(result.log.splitlines()[-1]) == expected
    assert result.status["told"] == {"n_clusters": 3, "batch": "batch"}
    assert "truth" not in (result.folder / "params.json").read_text()
    assert run(script, told=["batch"]).status["status"] == "ok"
    made.truth.write_text(made.truth.read_text().replace("batch", "other", 1))
    result = run(script, told=["batch"])
    assert result.status["status"] == "not_applicable"
    assert "told the batch, and the dataset's card names none" in result.status["message"]


def test_labels_of_one_batch_are_those_of_the_largest_and_no_others(run, embeds, prepare):
    batch = np.array(["c", "b", "a"] * 30)
    batch[0] = "b"
    made = prepare(batch=batch)  # 29 of c, 31 of b, 30 of a
    look = """
    import json, os
    print(json.dumps([data.labels_of_one_batch.tolist(), data.batch]))
    files = [open(os.path.join(params.output, name), "rb").read()
             for name in os.listdir(params.output) if name.endswith((".h5ad", ".json", ".tsv"))]
    print(sum(file.count(b"type 2") for file in files), len(files))
    """
    result = run(embeds + look, data=str(made.folder), told=["labels_of_one_batch"])
    assert result.status["status"] == "ok", result.log
    labels, no_batch = json.loads(result.log.splitlines()[-2])
    assert labels == np.where(batch == "b", made.labels, "").tolist()
    assert no_batch is None
    # once in the categories of the column; the files hold no other trace of it
    assert result.log.splitlines()[-1] == "1 2"
    # of as many cells each, the first by name
    made = prepare(batch=["b", "a"] * 45)
    result = run(embeds + look, data=str(made.folder), told=["labels_of_one_batch"])
    labels = json.loads(result.log.splitlines()[-2])[0]
    assert labels[:4] == ["", "type 0", "", "type 0"]


def test_one_batch_is_none_to_correct(run, prepare):
    made = prepare(batch=["a"] * 90)
    result = run("raise SystemError", data=str(made.folder), told=["batch"])
    assert result.status["status"] == "not_applicable"
    assert result.status["message"] == "corrects batches, and all cells are of one"


def test_the_environment_of_a_method(run, embeds, tmp_path):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('leaked from PYTHONPATH')")
    script = (
        embeds
        + """
    import os
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "PYTHONNOUSERSITE")
    print([os.environ[name] for name in (*names, "CUDA_VISIBLE_DEVICES", "MPLBACKEND")])
    print("PYTHONPATH" in os.environ, params.device, params.threads)
    """
    )
    result = run(script, threads=3, variables={"PYTHONPATH": str(tmp_path)})
    assert result.status["status"] == "ok", result.log
    assert "['3', '3', '0', '1', '', 'Agg']\nFalse cpu 3" in result.log


@pytest.mark.parametrize("package", ["h5py", "clear"])
def test_a_folder_of_a_script_never_hides_the_package_of_its_name(run, package):
    script = f"""
        import {package}
        from contract import read_params
        params = read_params()
        print({package}.__file__)
    """
    result = run(script, name=f"{package}/run.py", outputs=[])
    assert result.status["status"] == "ok", result.log
    assert result.log.rstrip().endswith(f"{package}/__init__.py")


@pytest.mark.parametrize("package", ["absent_package", "verdict", "check"])
def test_neither_a_scripts_folder_nor_the_runners_files_are_packages(run, package):
    result = run(f"import {package}", name=f"{package}/run.py")
    assert result.status["status"] == "not_installed"
    assert f"'{package}'" in result.status["message"] and result.outputs == set()


def test_a_script_may_import_a_helper_beside_it(run, embeds, tmp_path):
    (tmp_path / "scripts/mine").mkdir(parents=True)
    (tmp_path / "scripts/mine/helper.py").write_text("dims = 4")
    script = embeds + "    import helper\n    print(helper.dims)"
    assert run(script, name="mine/run.py").log.endswith("4\n")
