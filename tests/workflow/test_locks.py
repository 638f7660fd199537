"""Locks between processes."""

import errno
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from clear.benchmark import locks
from clear.errors import ClearError

HOLD = """
import sys, time
from pathlib import Path
from clear.benchmark.locks import locked
with locked(Path(sys.argv[1]), "waits"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_lock_of_a_killed_process_is_free(tmp_path, capsys):
    path = tmp_path / "folder" / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        assert other.stdout.readline() == "held\n"
        with path.open("a") as handle:
            assert locks.lock(handle, wait=False) is False
            ours = pool.submit(locks.lock, handle)
            other.kill()
            assert ours.result(timeout=20) is True
            with path.open("a") as second:
                assert locks.lock(second, wait=False) is False
        with locks.locked(path, "does something"):
            pass
    assert "Waiting" not in capsys.readouterr().out


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_file_system_without_locks(tmp_path, monkeypatch, number):
    def refuse(descriptor, blocking):
        raise OSError(number, "no locks here")

    monkeypatch.setattr("filelock.lock_descriptor", refuse)
    with locks.locked(tmp_path / "lock", "does something"):
        assert (tmp_path / "lock").exists()


def test_lock_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ClearError, match=r"file/lock cannot be written .*choose a folder"),
        locks.locked(tmp_path / "file" / "lock", "does something"),
    ):
        pass
