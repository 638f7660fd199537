"""Partial files of a process that was killed, and notes beside them that are damaged."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.data.fetch.files import card
from tests.data.fetch.transfers import BROKEN, CUT, DATA, START, WHOLE, asked, first_byte


def test_transfer_goes_on_after_the_process_was_killed(server, here):
    url = server.url("/file", BROKEN | {"stalls": 30.0}, WHOLE)
    program = (
        "import json, sys; from pathlib import Path\n"
        "from clear.benchmark.data.fetch.fetch import fetch\n"
        "fetch(json.loads(sys.argv[1]), *map(Path, sys.argv[2:]))\n"
    )
    folders = map(str, (here.out, here.downloads))
    process = subprocess.Popen([sys.executable, "-c", program, json.dumps(card(url)), *folders])
    partial = here.downloads / "toy" / "toy.bin.partial"
    end = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size == CUT):
        assert time.monotonic() < end, "nothing arrived"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert here.downloaded() == ["toy.bin.partial", "toy.bin.partial.json"]
    here.fetch(card(url))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert asked(server) == [(None, None), (f"bytes={START}-", '"a"')]
    assert here.downloaded() == [".toy.bin.origin.json", "toy.bin"]


def test_partial_file_of_another_address_is_not_continued(server, here):
    cut, good = server.url("/cut", BROKEN, {"status": 404}), server.url("/good", WHOLE)
    here.fetch(card(cut, good))
    assert asked(server) == [(None, None), (f"bytes={START}-", '"a"'), (None, None)]
    assert (here.out / "toy.bin").read_bytes() == DATA


def test_partial_file_stays_for_the_next_call(server, here):
    url = server.url("/file", BROKEN, {"status": 404}, WHOLE)
    assert "HTTP 404" in here.fails(card(url))
    assert here.downloaded() == ["toy.bin.partial", "toy.bin.partial.json"]
    here.fetch(card(url))
    assert first_byte(server, 2) == START


def test_whole_file_of_a_process_that_was_killed_at_the_last_moment(server, here):
    url = server.url("/file", WHOLE)
    folder = here.downloads / "toy"
    folder.mkdir(parents=True)
    (folder / "toy.bin.partial").write_bytes(DATA)
    about = {"url": url, "total": len(DATA), "header": "ETag", "version": '"a"'}
    (folder / "toy.bin.partial.json").write_text(json.dumps(about))
    here.fetch(card(url))
    assert server.requests == []
    assert (here.out / "toy.bin").read_bytes() == DATA


@pytest.mark.parametrize("note", ["", '{"url": "htt', "[]", '{"url": 1}', "\xff"])
def test_damaged_notes_are_as_none(server, here, note):
    url = server.url("/file", BROKEN, {"status": 404}, WHOLE)
    here.fails(card(url))
    (here.downloads / "toy/toy.bin.partial.json").write_bytes(note.encode("latin-1"))
    first = here.fetch(card(url))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert asked(server)[-1] == (None, None)
    (here.downloads / "toy/.toy.bin.origin.json").write_bytes(note.encode("latin-1"))
    (file,) = here.fetch(card(url))["files"]
    assert file["sha256"] == first["files"][0]["sha256"] and file["verified"] is None
