"""The record of a step: its data, or why there are none."""

import faulthandler
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import pytest

from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.logs import logged
from clear.benchmark.record import failures, no_data, read_record
from clear.benchmark.step import take_step
from clear.errors import ClearError

OK = {"status": "ok", "step": "read", "message": ""}


def works(folder):
    (folder / "data").write_text("x")


def breaks(folder):
    (folder / "half").write_text("x")
    raise ClearError("the file is\n  damaged.\n\nDownload it again.")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_data_replace_an_older_folder(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").touch()
    take_step("read", out, works)
    assert names(out) == ["data", "status.json"] and read_record(out) == OK
    assert names(tmp_path) == ["out"]


def test_a_failure_leaves_its_reason_and_nothing_else(tmp_path, capfd):
    screen = (tmp_path / "screen").open("w")
    take_step("read", tmp_path / "out", breaks, screen=screen)
    assert names(tmp_path / "out") == ["status.json"]
    message = "the file is damaged."
    assert read_record(tmp_path / "out") == OK | {"status": "failed", "message": message}
    for shown in ((tmp_path / "screen").read_text(), capfd.readouterr().err):
        assert "Download it again." in shown and "Traceback" not in shown


def test_an_error_that_nobody_foresaw_is_a_record_with_its_traceback_in_the_log(tmp_path, capfd):
    take_step("read", tmp_path / "out", lambda folder: {}["absent"])
    assert read_record(tmp_path / "out")["message"] == "KeyError: 'absent'"
    assert "Traceback" in capfd.readouterr().err


def as_nobody(work):
    """Do something without the rights of root; return the exit status."""
    child = os.fork()
    if not child:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def open_folder():
    """A folder that anybody may write to; those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.parametrize("where", ["path", "mirror"])
def test_a_file_that_may_not_be_read_is_named(open_folder, where, capfd):
    (open_folder / "files").mkdir()
    (open_folder / "files/x.h5ad").touch()
    card = {"id": "x", "path": str(open_folder / "files/x.h5ad")}
    if where == "mirror":
        card = {"id": "x", "files": [{"name": "x.h5ad", "urls": []}]}
        (open_folder / "files").chmod(0)
    else:
        (open_folder / "files/x.h5ad").write_text("x")
        (open_folder / "files/x.h5ad").chmod(0)
    mirror = open_folder / "files" if where == "mirror" else None
    out, downloads = open_folder / "out", open_folder / "downloads"
    take = partial(take_step, "fetch", out, lambda to: fetch(card, to, downloads, mirror))
    assert as_nobody(take) == 0
    message = read_record(out)["message"]
    assert message.startswith(f"{open_folder}/files/x.h5ad cannot be used (Permission denied): ")
    assert "Traceback" not in capfd.readouterr().err


def test_results_that_may_not_be_written_are_named(open_folder, capfd):
    (open_folder / "out").mkdir(mode=0o555)

    def step():
        with logged(open_folder / "log"):
            take_step("read", open_folder / "out/dataset", works)

    assert as_nobody(step) != 0
    told = capfd.readouterr().err
    assert f"error: {open_folder}/out" in told and "(Permission denied)" in told
    assert "Traceback" not in told


def test_a_crash_is_a_record(tmp_path):
    def crash(folder):
        faulthandler.disable()  # pytest's own, which would print all that is imported
        os.abort()

    take_step("read", tmp_path / "out", crash)
    assert read_record(tmp_path / "out")["message"] == "its process crashed (SIGABRT)."


def test_a_kill_from_outside_is_none(tmp_path):
    with pytest.raises(SystemExit, match="from outside"):
        take_step("read", tmp_path / "out", lambda folder: os.kill(os.getpid(), signal.SIGKILL))
    assert names(tmp_path) == [] and failures(tmp_path / "out") == 0


def test_the_number_of_failures_changes_with_a_failure_only(tmp_path):
    out = tmp_path / "out"
    numbers = [failures(out)]
    for make in (breaks, breaks, works, works):
        take_step("read", out, make)
        numbers.append(failures(out))
    assert numbers == [0, 1, 2, 2, 2]


def test_what_follows_a_failure_says_the_same_and_starts_nothing(tmp_path):
    data = tmp_path / "data"
    for step, make in {"fetch": breaks, "read": works, "prepare": works}.items():
        folders = [data / "yan" / name for name in ("fetch", "read", "prepare")]
        place = {path.name: path for path in folders}[step]
        before = {"read": folders[0], "prepare": folders[1]}.get(step)
        take_step(step, place, make, before=before)
    assert [read_record(folder)["step"] for folder in folders] == ["fetch"] * 3
    assert [failures(folder) for folder in folders] == [1, 0, 0]
    assert names(folders[2]) == ["status.json"]
    take_step("read", data / "deng/read", works)
    no_data(data, [data / "deng/read"])
    with pytest.raises(ClearError, match=r"yan \(fetch failed: the file is damaged\.\)\. The same"):
        no_data(data, [*folders, data / "deng/read"])


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_interruption_is_no_record(tmp_path, signum, repository):
    program = (
        "import signal, sys, time; from pathlib import Path\n"
        "from clear.benchmark.step import take_step\n"
        # what a shell starts in the background inherits that SIGINT is ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def make(folder):\n    print('started', flush=True)\n    time.sleep(60)\n"
        "take_step('read', Path(sys.argv[1]), make)\n"
    )
    out = tmp_path / "out"
    command = [sys.executable, "-c", program, str(out)]
    process = subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"started\n"
    os.kill(process.pid, signum)
    process.communicate()
    assert not out.exists() and failures(out) == 0
    take_step("read", out, works)
    assert names(tmp_path) == ["out"]
    assert json.loads((out / "status.json").read_text()) == OK
