"""Whatever a method does, the runner leaves the right record and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_a_good_run_leaves_its_outputs_and_a_full_record(run, embeds, tmp_path, repository):
    script = embeds + "    open('stray.txt', 'w').write('x')\n    params.settings['a']\n"
    script += "    print('hello')\n"
    result = run(script, settings={"a": 1}, told=["n_clusters"])
    assert result.outputs == {"embedding.h5"}
    status = result.status
    assert (status["status"], status["message"], status["exit_code"]) == ("ok", "", 0)
    assert status["wall_s"] > 0 and status["cpu_s"] > 0 and status["peak_memory_mb"] > 10
    assert status["peak_gpu_memory_mb"] is None and status["device"] == "cpu"
    assert status["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"numpy", "h5py"} <= set(status["versions"]) and "pytest" not in status["versions"]
    assert status["settings"] == {"a": 1} and status["told"] == {"n_clusters": 3}
    assert status["limits"] == {"minutes": 2, "memory_gb": 4, "threads": 1}
    assert status["started"] <= status["finished"] and status["source_hash"] == "0123"
    assert result.log.startswith("$ ") and result.log.endswith("hello\n")
    assert not (repository / "stray.txt").exists()


def test_what_a_script_says_of_how_it_computed(run, embeds):
    assert run(embeds).status["computed_by"] == {}
    script = embeds + "    from contract import computed_by\n    computed_by(solver='b', n=16)\n"
    assert run(script).status["computed_by"] == {"solver": "b", "n": "16"}


def test_the_recorded_command_runs_the_method_again(run, embeds, repository, tmp_path):
    result = run(embeds)
    assert str(repository) not in result.status["command"]
    (result.folder / "embedding.h5").unlink()
    command = result.status["command"].replace("~/", str(Path.home()) + "/")
    subprocess.run(command, shell=True, cwd=repository, check=True)
    assert (result.folder / "embedding.h5").exists()


def test_a_method_that_raises(run, embeds):
    result = run(embeds + "    raise ValueError('genes are\\nupside down')")
    assert result.outputs == set()
    assert result.status["status"] == "failed"
    line = "raise ValueError('genes are\\nupside down')"
    assert result.status["message"] == f"ValueError: genes are (method.py, line 8: {line})"
    assert result.status["exit_code"] == 1
    assert "Traceback" in result.log and "launch.py" not in result.log.split("\n", 1)[1]


def test_exit_code_and_last_line_stand_for_a_missing_exception(run):
    result = run("import sys; print('the solver gave up'); sys.exit(3)")
    assert result.status["message"] == "the solver gave up"
    assert run("import sys; sys.exit(3)").status["exit_code"] == 3


@pytest.mark.parametrize(
    ("code", "status"), [(3, "failed"), (255, "failed"), (99, "not_applicable")]
)
def test_an_exit_code_in_silence(run, code, status):
    result = run(f"import sys; sys.exit({code})")
    assert result.status["status"] == status
    assert result.status["message"].startswith(f"exit code {code}")
    assert result.status["message"].endswith("it printed nothing")


def test_of_a_long_log_the_beginning_and_the_end_are_kept(run):
    script = """
        import sys
        print("the first line")
        for number in range(1000):
            sys.stdout.write("x" * 19_999 + "\\n")
        raise ValueError("the last line")
    """
    result = run(script)
    size = (result.folder / "output.log").stat().st_size
    assert 3.9e6 < size < 4.2e6
    assert result.log.split("\n")[1] == "the first line"
    assert "bytes are left out" in result.log
    assert "ValueError: the last line" in result.log[-200:]
    assert result.status["message"].startswith("ValueError: the last line (method.py, line 6")


@pytest.mark.parametrize(
    "deed",
    [
        "shutil.rmtree(params.output)",
        "os.rename(params.output, params.output + '-moved')",
        "[os.remove(name) for name in os.listdir('.') if os.path.isfile(name)]",
    ],
)
def test_a_method_that_takes_its_folder_away(run, embeds, deed):
    result = run(embeds + f"    import os, shutil\n    {deed}")
    assert result.status["status"] in ("bad_output", "failed")
    assert result.status["message"] and result.outputs == set()


@pytest.mark.parametrize("kind", ["external link", "external storage", "soft link", "symlink"])
def test_an_output_whose_values_lie_elsewhere(run, embeds, kind):
    script = (
        embeds
        + f"""
    import h5py, os
    os.rename("embedding.h5", "mine.h5")
    kind = {kind!r}
    with h5py.File("mine.h5", "a") as mine:
        mine["elsewhere"] = mine["X"][()]
    with h5py.File("embedding.h5", "w") as file:
        file["cells"] = [str(cell) for cell in data.cells]
        if kind == "external link":
            file["X"] = h5py.ExternalLink("mine.h5", "X")
        elif kind == "external storage":
            X.tofile("raw")
            file.create_dataset("X", X.shape, X.dtype, external=[("raw", 0, X.nbytes)])
        elif kind == "soft link":
            file["Y"] = X
            file["X"] = h5py.SoftLink("/Y")
    if kind == "symlink":
        os.remove("embedding.h5")
        os.symlink("mine.h5", "embedding.h5")
    """
    )
    result = run(script)
    assert result.status["status"] == "bad_output"
    words = "is a link" if kind == "symlink" else "values of X are not in the file itself"
    assert words in result.status["message"]


def test_what_a_script_leaves_cannot_pass_for_the_record(run):
    script = """
        import json, os
        json.dump({"status": "ok", "isolated": "yes", "wall_s": 0}, open("versions.json", "w"))
        os.symlink("/etc/hostname", "reason.txt")
        os._exit(3)
    """
    status = run(script).status
    assert status["status"] == "failed" and status["wall_s"] > 0
    assert status["message"] == "exit code 3, and it printed nothing"


def test_a_setting_that_the_script_does_not_read_is_named(run, embeds):
    script = embeds.replace("read_params()", "read_params({'dims': 4, 'depth': 1})")
    script += "    params.settings['dims']"
    status = run(script, settings={"dims": 4, "depth": 2}).status
    assert status["status"] == "ok"
    assert status["message"] == "the script did not read these settings of its card: depth"
    assert run(script, settings={"dims": 4}).status["message"] == ""
    status = run(embeds + "    params.settings['dim']", settings={"dims": 4}).status
    assert status["status"] == "failed"
    assert "no setting 'dim' (did you mean 'dims'?); it knows: dims; name" in status["message"]


def test_an_output_that_cannot_be_scored(run, embeds):
    result = run(embeds + "    write_embedding(params, X[:-7], data.cells[:-7])")
    assert result.status["status"] == "bad_output"
    assert "7 of 90 cells are missing" in result.status["message"]
    assert result.outputs == set()


def test_an_older_result_is_replaced_as_a_whole(run, embeds, tmp_path):
    folder = tmp_path / "run" / "seed0"
    for stale in (folder, folder.with_name("seed0.part"), folder.with_name("seed0.old")):
        stale.mkdir(parents=True)
        (stale / "pseudotime.tsv").write_text("old")
    assert run(embeds).outputs == {"embedding.h5"}
    assert run("raise ValueError").outputs == set()


def test_a_check_that_cannot_run_is_not_blamed_on_the_outputs(run, embeds):
    result = run(embeds, check_python="/bin/false")
    assert result.status["status"] == "failed"
    assert "the check of the outputs broke" in result.status["message"]
