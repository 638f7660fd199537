"""A run that is cancelled, or whose runner is killed, leaves nothing behind."""

import os
import signal
import subprocess
import sys

import pytest

SLEEPER = """
    import subprocess, sys, time
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
    time.sleep(600)
"""


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
