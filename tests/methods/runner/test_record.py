"""Whatever a method does, the runner leaves the right record and nothing else."""

import subprocess
import sys
from pathlib import Path


def test_a_good_run_leaves_its_outputs_and_a_full_record(run, embeds, tmp_path, repository):
    script = embeds + "    open('stray.txt', 'w').write('x')\n    print('hello')\n"
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
    assert result.status["message"] == "ValueError: genes are"
    assert result.status["exit_code"] == 1
    assert "Traceback" in result.log and "launch.py" not in result.log.split("\n", 1)[1]


def test_exit_code_and_last_line_stand_for_a_missing_exception(run):
    result = run("import sys; print('the solver gave up'); sys.exit(3)")
    assert result.status["message"] == "the solver gave up"
    assert run("import sys; sys.exit(3)").status["exit_code"] == 3


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
