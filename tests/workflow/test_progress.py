"""Progress: plain lines in a log, a bar on a terminal, both for a step of the workflow."""

import os
import pty
import subprocess
import sys

WORK = """
import sys
from clear.benchmark.logs import logged
from clear.progress import progress
with logged(sys.argv[1]):
    with progress(total=200, label="work", unit="step") as bar:
        for _ in range(200):
            bar.update()
"""


def lines_of(path) -> list[str]:
    text = path.read_text()
    assert "\r" not in text
    assert "\x1b" not in text
    return [line for line in text.splitlines() if "work:" in line]


def test_a_log_gets_a_line_per_tenth(tmp_path):
    log = tmp_path / "a.log"
    done = subprocess.run([sys.executable, "-c", WORK, log], capture_output=True, check=True)
    assert done.stderr == b""
    lines = lines_of(log)
    assert 2 <= len(lines) <= 12
    assert "200/200" in lines[-1]


def test_a_terminal_gets_a_bar_beside_the_log(tmp_path):
    log = tmp_path / "a.log"
    leader, follower = pty.openpty()
    subprocess.run([sys.executable, "-c", WORK, log], stderr=follower, check=True)
    os.close(follower)
    shown = os.read(leader, 100_000).decode()
    os.close(leader)
    assert "\r" in shown
    assert "200/200" in shown
    assert "200/200" in lines_of(log)[-1]
