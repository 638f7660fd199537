"""Whatever a method does, the runner leaves the right record and nothing else."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = """
    import numpy as np
    from contract import read_input, read_params, write_embedding

    params = read_params()
    data = read_input(params)
    X = data.dense("X")[:, :4]
"""
WRITE = """
    write_embedding(params, X, data.cells)
"""
RECORD = {"output.log", "params.json", "status.json"}


def alive(marker):
    """Return the ids of the processes with ``marker`` on their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                marker in (folder / "cmdline").read_text()
                and "State:\tZ" not in (folder / "status").read_text()
            ):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_for(condition, what):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"waited in vain for {what}")


def files(run):
    return {path.name for path in run.folder.iterdir()}


def test_a_good_run_leaves_its_outputs_and_a_full_record(run, tmp_path, repository):
    script = GOOD + WRITE + "    open('stray.txt', 'w').write('x')\n    print('hello')\n"
    result = run(script, settings={"a": 1}, n_clusters=3)
    assert files(result) == RECORD | {"embedding.h5"}
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


def test_the_recorded_command_runs_the_method_again(run, repository, tmp_path):
    result = run(GOOD + WRITE)
    assert str(repository) not in result.status["command"]
    (result.folder / "embedding.h5").unlink()
    command = result.status["command"].replace("~/", str(Path.home()) + "/")
    subprocess.run(command, shell=True, cwd=repository, check=True)
    assert (result.folder / "embedding.h5").exists()


def test_a_method_that_raises(run):
    result = run(GOOD + WRITE + "    raise ValueError('genes are\\nupside down')")
    assert files(result) == RECORD
    assert result.status["status"] == "failed"
    assert result.status["message"] == "ValueError: genes are"
    assert result.status["exit_code"] == 1
    assert "Traceback" in result.log and "launch.py" not in result.log.split("\n", 1)[1]


def test_exit_code_and_last_line_stand_for_a_missing_exception(run):
    result = run("import sys; print('the solver gave up'); sys.exit(3)")
    assert result.status["message"] == "the solver gave up"
    assert run("import sys; sys.exit(3)").status["exit_code"] == 3


def test_a_method_that_hangs_is_stopped_at_its_limit_with_its_children(run, tmp_path):
    marker = f"hang-{os.getpid()}"
    script = f"""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = "import os, signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, "{marker}"])
        subprocess.Popen([sys.executable, "-c", code, "{marker}"], start_new_session=True)
        print("waiting", flush=True)
        time.sleep(600)
    """
    result = run(script, minutes=0.05)
    assert result.status["status"] == "timeout"
    assert "0.05 minutes" in result.status["message"]
    assert 3 <= result.status["wall_s"] < 60
    assert files(result) == RECORD and "waiting" in result.log
    assert alive(marker) == []


def test_a_method_that_leaves_a_process_behind(run):
    marker = f"daemon-{os.getpid()}"
    script = GOOD + WRITE
    script += f"""
    import subprocess, sys
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
    code += "'import time; time.sleep(600)', '{marker}'], start_new_session=True)"
    subprocess.run([sys.executable, "-c", code])
    """
    assert run(script).status["status"] == "ok"
    assert alive(marker) == []


def test_too_much_memory(run):
    result = run("import time; x = bytearray(600 * 2**20); time.sleep(60)", memory_gb=0.3)
    assert result.status["status"] == "out_of_memory"
    assert "0.3 GB" in result.status["message"]
    assert result.status["peak_memory_mb"] > 300


def test_memory_is_that_of_all_processes_together(run):
    script = """
        import subprocess, sys, time
        code = "import time; x = bytearray(150 * 2**20); time.sleep(60)"
        for _ in range(4):
            subprocess.Popen([sys.executable, "-c", code])
        time.sleep(60)
    """
    assert run(script, memory_gb=0.4).status["status"] == "out_of_memory"


def test_pages_shared_by_forked_workers_count_once(run):
    script = GOOD + WRITE
    script += """
    import os, time
    x = bytearray(os.urandom(200 * 2**20))
    for _ in range(3):
        if os.fork() == 0:
            time.sleep(1.5)
            os._exit(0)
    time.sleep(1.5)
    """
    result = run(script, memory_gb=0.6)
    assert result.status["status"] == "ok", result.status["message"]
    assert result.status["peak_memory_mb"] > 200


def test_a_short_burst_of_memory_is_seen(run):
    script = "x = bytearray(700 * 2**20)"
    assert run(script, memory_gb=0.5).status["status"] == "out_of_memory"


@pytest.mark.parametrize(
    "script",
    [
        "x = bytearray(2**60)",
        "import numpy; numpy.ones(2**48)",
        "raise RuntimeError('CUDA out of memory. Tried to allocate 20 GiB')",
    ],
)
def test_an_allocation_that_fails(run, script):
    result = run(script)
    assert result.status["status"] == "out_of_memory"
    assert "emory" in result.status["message"]


def test_killed_from_outside(run):
    result = run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert result.status["status"] == "failed"
    assert "signal 9 (SIGKILL)" in result.status["message"]
    assert result.status["exit_code"] == -9
    result = run("import os, signal; print('x'); os.kill(os.getpid(), signal.SIGSEGV)")
    assert "signal 11 (SIGSEGV)" in result.status["message"]


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("    write_embedding(params, X[:-7], data.cells[:-7])", "7 of 90 cells are missing"),
        ("", "the promised file embedding.h5 was not written"),
        (
            WRITE + "    import h5py\n    h5py.File('embedding.h5', 'a')['X'][3, 1] = np.nan",
            "the first for the cell cell_000003 in dimension 2",
        ),
        (
            WRITE + "    import h5py\n    f = h5py.File('embedding.h5', 'a')\n"
            "    f['cells'][0] = f['cells'][1]",
            "1 cells occur more than once, such as cell_000001",
        ),
    ],
)
def test_bad_outputs(run, end, message):
    result = run(GOOD + end)
    assert result.status["status"] == "bad_output"
    assert message in result.status["message"]
    assert files(result) == RECORD


def test_promised_clusters_that_are_missing(run):
    script = GOOD + WRITE
    script += "    from contract import write_clusters\n"
    script += "    write_clusters(params, [1] * len(data.cells), data.cells, track='estimated_k')"
    outputs = ["embedding", "clusters_given_k", "clusters_estimated_k"]
    result = run(script, outputs=outputs)
    assert result.status["status"] == "bad_output"
    assert "promised track given_k" in result.status["message"]
    outputs.remove("clusters_given_k")
    assert files(run(script, outputs=outputs)) == RECORD | {"embedding.h5", "clusters.tsv"}


def test_missing_package(run):
    result = run("import numpy\nimport surely_no_such_package.part")
    assert result.status["status"] == "not_installed"
    assert "'surely_no_such_package'" in result.status["message"]
    assert files(result) == RECORD


def test_missing_interpreter(run):
    result = run("", name="method.R", interpreter=None)
    assert result.status["status"] == "not_installed"
    assert "install R" in result.status["message"]
    assert result.status["wall_s"] is None
    assert files(result) == RECORD and "install R" in result.log
    result = run(GOOD, interpreter="no/such/python")
    assert result.status["status"] == "not_installed"
    assert "no/such/python" in result.status["message"]


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
    assert files(result) == RECORD


def test_a_method_knows_only_what_it_is_told(run, prepare):
    told = prepare(batch=True)
    script = GOOD + WRITE
    script += """
    import json
    known = {key: getattr(params, key) for key in ("n_clusters", "batch", "truth")}
    print(json.dumps([known, None if data.batch is None else data.batch[:3].tolist()]))
    """
    nothing = dict.fromkeys(("n_clusters", "batch", "truth"))
    result = run(script, input=str(told.input))
    assert json.loads(result.log.splitlines()[-1]) == [nothing, None]
    assert result.status["told"] == {}
    result = run(script, input=str(told.input), n_clusters=3, batch="batch")
    expected = [{**nothing, "n_clusters": 3, "batch": "batch"}, ["a", "b", "a"]]
    assert json.loads(result.log.splitlines()[-1]) == expected
    assert "truth" not in (result.folder / "params.json").read_text()


def test_the_environment_of_a_method(run, tmp_path):
    (tmp_path / "numpy.py").write_text("raise RuntimeError('leaked from PYTHONPATH')")
    script = GOOD + WRITE
    script += """
    import os
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PYTHONHASHSEED", "PYTHONNOUSERSITE")
    print([os.environ[name] for name in (*names, "CUDA_VISIBLE_DEVICES", "MPLBACKEND")])
    print("PYTHONPATH" in os.environ, params.device, params.threads)
    """
    result = run(script, threads=3, device="auto", environment={"PYTHONPATH": str(tmp_path)})
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
    assert f"'{package}'" in result.status["message"]


def test_a_script_may_import_a_helper_beside_it(run, tmp_path):
    (tmp_path / "scripts/mine").mkdir(parents=True)
    (tmp_path / "scripts/mine/helper.py").write_text("dims = 4")
    script = GOOD + "    import helper\n    X = X[:, : helper.dims]" + WRITE
    assert run(script, name="mine/run.py").status["status"] == "ok"


def test_an_older_result_is_replaced_as_a_whole(run, tmp_path):
    folder = tmp_path / "run" / "seed0"
    for stale in (folder, folder.with_name("seed0.part"), folder.with_name("seed0.old")):
        stale.mkdir(parents=True)
        (stale / "pseudotime.tsv").write_text("old")
    assert files(run(GOOD + WRITE)) == RECORD | {"embedding.h5"}
    assert files(run("raise ValueError")) == RECORD


SLEEPER = """
    import subprocess, sys, time
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
    time.sleep(600)
"""


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_cancelled_run_leaves_nothing(make_job, start, tmp_path, signum):
    marker = f"cancel-{os.getpid()}-{signum}"
    process = start(make_job(SLEEPER.format(marker=marker)))
    wait_for(lambda: alive(marker), "the method")
    process.send_signal(signum)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert "cancelled" in printed and "Traceback" not in printed
    assert list((tmp_path / "run").iterdir()) == []
    assert alive(marker) == [] and alive(str(tmp_path / "scripts")) == []


def test_a_killed_runner_takes_everything_with_it(make_job, start, run, tmp_path):
    marker = f"killed-{os.getpid()}"
    process = start(make_job(SLEEPER.format(marker=marker)))
    wait_for(lambda: alive(marker), "the method")
    process.kill()
    process.wait()
    wait_for(lambda: not alive(marker) and not alive(str(tmp_path / "scripts")), "their end")
    assert not (tmp_path / "run" / "seed0").exists()
    assert files(run(GOOD + WRITE)) == RECORD | {"embedding.h5"}  # over what the dead one left


def test_the_runner_stops_when_its_parent_dies(make_job, repository, tmp_path):
    marker = f"parent-{os.getpid()}"
    job = json.dumps(make_job(SLEEPER.format(marker=marker)))
    runner = repository / "clear" / "benchmark" / "methods" / "runner.py"
    code = "import subprocess, sys; subprocess.run([sys.executable, *sys.argv[1:]])"
    parent = subprocess.Popen([sys.executable, "-c", code, str(runner), job], cwd=repository)
    wait_for(lambda: alive(marker), "the method")
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(marker) and not alive(str(tmp_path / "scripts")), "their end")
    wait_for(lambda: list((tmp_path / "run").iterdir()) == [], "a clean folder")


@pytest.fixture
def fake_gpus(tmp_path):
    """PATH with an nvidia-smi that lists two GPUs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "nvidia-smi"
    program.write_text('#!/bin/sh\ncase "$1" in *index*) echo "0, A"; echo "1, B";; esac\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}


def test_two_gpu_runs_get_two_gpus_and_a_crash_frees_one(
    make_job, start, run, fake_gpus, tmp_path, monkeypatch
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    wait = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); time.sleep(600)"
    running, taken = [], []
    for number in range(2):
        output = tmp_path / "run" / f"other{number}"
        job = make_job(wait, gpu=True, device="auto", output=str(output))
        running.append(start(job, **fake_gpus))
        log = output.with_name(output.name + ".part") / "output.log"
        wait_for(lambda log=log: log.exists() and "\n" in log.read_text().strip(), "the method")
        taken.append(log.read_text().split()[-1])
    assert taken == ["0", "1"]
    running[1].kill()  # its lock goes with it
    running[1].communicate()
    show = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['CUDA_DEVICE_ORDER'])"
    job = make_job(show, gpu=True, device="auto", outputs=[])
    assert start(job, **fake_gpus).wait(60) == 0
    assert Path(job["output"], "output.log").read_text().endswith("1 PCI_BUS_ID\n")
    running[0].terminate()
    running[0].communicate()


def test_a_gpu_that_the_scheduler_chose_is_kept(run, fake_gpus):
    show = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    environment = {**fake_gpus, "CUDA_VISIBLE_DEVICES": "7"}
    assert run(show, gpu=True, device="auto", outputs=[], environment=environment).log[-2:] == "7\n"
    assert run(show, gpu=True, device="cpu", outputs=[], environment=environment).log[-2:] == "\n\n"


def test_a_check_that_cannot_run_is_not_blamed_on_the_outputs(run):
    result = run(GOOD + WRITE, check_python="/bin/false")
    assert result.status["status"] == "failed"
    assert "the check of the outputs broke" in result.status["message"]


@pytest.mark.parametrize("name", ["runner", "watch", "processes", "gpu", "verdict", "launch"])
def test_the_runner_needs_python_3_7_and_nothing_else(repository, name):
    folder = repository / "clear" / "benchmark" / "methods"
    tree = ast.parse((folder / f"{name}.py").read_text(), feature_version=(3, 7))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported = {node.module.partition(".")[0]}
        else:
            continue
        beside = {path.stem for path in folder.glob("*.py")}
        assert imported <= set(sys.stdlib_module_names) | beside
    assert name not in sys.stdlib_module_names  # the folder is first on sys.path
    for path in (folder / "contract").glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 7))
