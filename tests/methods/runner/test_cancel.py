"""A run that is cancelled, or whose runner is killed, leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SLEEPER = """
    import subprocess, sys, time
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
    time.sleep(600)
"""


def children(process):
    """Return the processes that one has started."""
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(number) for number in text.split()]


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_cancelled_run_leaves_nothing(make_order, start, alive, wait_for, tmp_path, signum):
    marker = f"cancel-{os.getpid()}-{signum}"
    process = start(make_order(SLEEPER.format(marker=marker)))
    wait_for(lambda: alive(marker), "the method")
    process.send_signal(signum)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode not in (0, None)
    assert "cancelled" in printed and "Traceback" not in printed
    assert list((tmp_path / "run").iterdir()) == []
    assert alive(marker) == [] and alive(str(tmp_path / "scripts")) == []


def test_a_killed_runner_takes_everything_with_it(
    make_order, start, run, embeds, alive, wait_for, tmp_path
):
    marker = f"killed-{os.getpid()}"
    process = start(make_order(SLEEPER.format(marker=marker)))
    wait_for(lambda: alive(marker), "the method")
    process.kill()
    process.wait()
    wait_for(lambda: not alive(marker) and not alive(str(tmp_path / "scripts")), "their end")
    assert not (tmp_path / "run" / "seed0").exists()
    assert run(embeds).outputs == {"embedding.h5"}  # over what the dead one left


def test_the_runner_stops_when_its_parent_dies(
    make_order, command, alive, wait_for, repository, tmp_path
):
    marker = f"parent-{os.getpid()}"
    runner = command(make_order(SLEEPER.format(marker=marker)))
    code = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    parent = subprocess.Popen([sys.executable, "-c", code, *runner], cwd=repository)
    wait_for(lambda: alive(marker), "the method")
    parent.kill()
    parent.wait()
    wait_for(lambda: not alive(marker) and not alive(str(tmp_path / "scripts")), "their end")
    wait_for(lambda: list((tmp_path / "run").iterdir()) == [], "a clean folder")


def test_of_a_runner_that_is_killed_at_work_there_is_a_record(
    make_order, start, run, embeds, alive, wait_for, tmp_path
):
    marker, places = f"worker-{os.getpid()}", tmp_path / "places"
    places.mkdir()
    order = make_order(SLEEPER.format(marker=marker))
    process = start(order, TMPDIR=str(places))
    wait_for(lambda: alive(marker), "the method")
    os.kill(children(process)[0], signal.SIGKILL)
    printed, _ = process.communicate(timeout=60)
    assert (process.returncode, printed) == (0, "")
    status = json.loads(Path(order["output"], "status.json").read_text())
    assert status["status"] == "failed" and status["method"] == "method"
    assert "killed by signal 9 (SIGKILL); snakemake -R method_method" in status["message"]
    names = {path.name for path in Path(order["output"]).iterdir()}
    assert names == {"status.json", "params.json", "output.log"}
    assert alive(marker) == [] and list(places.iterdir()) == []
    assert run(embeds).status["status"] == "ok"


def test_the_limit_holds_for_a_runner_that_was_stopped(make_order, start, alive, wait_for):
    """Once both processes of it, which nobody resumes; then the one that works alone."""
    for both in (True, False):
        marker = f"stopped-{os.getpid()}-{both}"
        order = make_order(SLEEPER.format(marker=marker), minutes=0.1)
        process = start(order)
        wait_for(lambda marker=marker: alive(marker), "the method")
        stopped = children(process)[:1]
        stopped += [process.pid] if both else []
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGSTOP)
        process.communicate(timeout=60)
        assert not alive(marker)
        status = json.loads(Path(order["output"], "status.json").read_text())
        assert status["status"] == "timeout"
