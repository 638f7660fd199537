"""Transfers that are cut, servers that change or compress, and manners towards them."""

import gzip
import hashlib
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from clear.benchmark.data.fetch import body, politeness, transfer
from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.fetch.politeness import connection

DATA = np.random.default_rng(0).bytes(900_000)
NEW = np.random.default_rng(1).bytes(900_000)
CUT = 400_000
ETAG, OTHER = {"ETag": '"a"'}, {"ETag": '"b"'}
WHOLE = {"body": DATA, "ranges": True, "headers": ETAG}
BROKEN = WHOLE | {"sent": CUT}
START = CUT - transfer.OVERLAP  # from where the rest is asked for


def card(*urls, name="toy.bin", **spec):
    return {"id": "toy", "files": [{"name": name, "urls": list(urls), **spec}]}


def asked(server) -> list[tuple]:
    """What each request asked for: Range and If-Range."""
    return [(h.get("Range"), h.get("If-Range")) for h in server.headers]


def first_byte(server, request=1) -> int:
    return int(server.headers[request]["Range"].removeprefix("bytes=").removesuffix("-"))


@pytest.mark.parametrize(
    "version",
    [ETAG, {"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}],
    ids=lambda v: next(iter(v)),
)
def test_cut_transfer_is_resumed(server, here, version, capsys):
    url = server.url("/file", BROKEN | {"headers": version}, WHOLE | {"headers": version})
    record = here.fetch(card(url))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert first_byte(server) == START
    assert server.headers[1]["If-Range"] == next(iter(version.values()))
    assert record["files"][0]["attempts"] == 2
    assert f"resumed at byte {CUT:,} of 900,000" in capsys.readouterr().out


@pytest.mark.parametrize("version", [{}, {"ETag": 'W/"a"'}], ids=["none", "weak"])
def test_without_a_version_a_cut_transfer_is_started_again(server, here, version):
    record = here.fetch(card(server.url("/file", BROKEN | {"headers": version}, WHOLE)))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert record["files"][0]["tried"] == [] and record["files"][0]["attempts"] == 2
    assert asked(server) == [(None, None)] * 2


def test_server_that_ignores_ranges(server, here):
    here.fetch(card(server.url("/file", BROKEN, WHOLE | {"ranges": False})))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert first_byte(server) > 0


def test_file_that_changed_between_the_parts(server, here):
    new = {"body": NEW, "ranges": True, "headers": OTHER}
    here.fetch(card(server.url("/file", BROKEN, new)))
    assert (here.out / "toy.bin").read_bytes() == NEW
    assert len(server.requests) == 2


def part(body, first, last, total, version):
    """A part that is sent whatever was asked for."""
    headers = version | {"Content-Range": f"bytes {first}-{last}/{total}"}
    return {"status": 206, "body": body[first : last + 1], "headers": headers}


@pytest.mark.parametrize(
    "answer",
    [
        part(NEW, START, 899_999, 900_000, OTHER),
        part(NEW, START, 899_999, 900_001, {}),
        part(NEW, START, 899_999, 900_000, ETAG),
        part(NEW, 0, 899_999, 900_000, ETAG),
        {"status": 206, "body": NEW[START:], "headers": ETAG},
        {"status": 416},
    ],
    ids=[
        "another version",
        "another size",
        "a lie",
        "another part",
        "not said which part",
        "no such part",
    ],
)
def test_answer_that_is_not_the_rest_of_the_file(server, here, answer):
    here.fetch(card(server.url("/file", BROKEN, answer, WHOLE)))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert asked(server) == [(None, None), (f"bytes={START}-", '"a"'), (None, None)]


def test_server_that_sends_less_than_the_rest(server, here):
    some = part(DATA, START, CUT + 99_999, 900_000, ETAG)
    here.fetch(card(server.url("/file", BROKEN, some, WHOLE)))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert first_byte(server, 2) == START + 100_000


def test_part_that_nobody_asked_for(server, here):
    url = server.url("/part", part(DATA, 0, 499_999, 900_000, {}))
    assert "a part of it that nobody asked for" in here.fails(card(url))


def test_cuts_that_bring_the_file_forward_are_no_failures(server, here, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS", 50_000)
    here.fetch(card(server.url("/file", WHOLE | {"sent": 150_000})))  # seven parts
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert len(server.requests) > politeness.ATTEMPTS


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


TEXT = b"gene,cell\n" + b"a,1\n" * 50_000


def test_server_that_compresses_on_the_fly(server, here):
    headers = {"Content-Encoding": "gzip"} | ETAG
    squeezed = {"body": gzip.compress(TEXT), "headers": headers}
    url = server.url("/table.csv", squeezed | {"sent": 100}, squeezed)
    here.fetch(card(url, name="table.csv", sha256=hashlib.sha256(TEXT).hexdigest()))
    assert (here.out / "table.csv").read_bytes() == TEXT
    assert server.headers[0]["Accept-Encoding"] == "identity"
    assert asked(server) == [(None, None)] * 2  # bytes of the compressed form are of no use


def test_server_that_takes_a_gzipped_file_for_a_compressed_answer(server, here):
    packed = gzip.compress(TEXT)
    answer = {"body": packed, "headers": {"Content-Encoding": "x-gzip"}}
    here.fetch(card(server.url("/file", answer), name="table.csv.gz", size=len(packed)))
    assert (here.out / "table.csv.gz").read_bytes() == packed


@pytest.mark.parametrize("damage", [b"\xff\xff", b""], ids=["damaged", "cut"])
def test_damage_to_a_compressed_answer_is_noticed_without_a_length(server, here, damage):
    packed = gzip.compress(TEXT)
    content = packed[:60] + damage + (packed[62:] if damage else b"")
    answer = {"body": content, "length": False, "headers": {"Content-Encoding": "gzip"}}
    record = here.fetch(card(server.url("/a", answer), server.url("/b", {"body": TEXT})))
    assert "connection closed" in record["files"][0]["tried"][0]["error"]
    assert (here.out / "toy.bin").read_bytes() == TEXT


def test_answer_compressed_by_something_else(server, here):
    answer = {"body": DATA, "headers": {"Content-Encoding": "br"}}
    assert "the server compresses it (br)" in here.fails(card(server.url("/file", answer)))


def test_server_that_does_not_tell_the_length(server, here):
    cut, good = server.url("/cut", BROKEN | {"length": False}), server.url("/good", WHOLE)
    record = here.fetch(card(cut, good, size=len(DATA)))
    assert record["files"][0]["tried"][0]["error"] == f"expected 900000 bytes, found {CUT}"
    assert (here.out / "toy.bin").read_bytes() == DATA


@pytest.mark.parametrize("trickles", [True, False])
def test_least_speed(server, here, monkeypatch, trickles):
    monkeypatch.setattr(body, "WINDOW_S", 0.3)
    slow = server.url("/slow", WHOLE | {"piece": 1000, "pause": 0.05 if trickles else 0.0})
    fetch_it = here.fetch(card(slow, server.url("/good", WHOLE)), min_speed=500_000)
    tried = fetch_it["files"][0]["tried"]
    assert server.requests == ["/slow"] + ["/good"] * trickles
    assert [t["url"] for t in tried] == [slow] * trickles
    assert all(
        "bytes a second; the setting `min_speed` asks for 500,000" in t["error"] for t in tried
    )


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


def test_server_may_say_when_to_come_back(server, here):
    busy = {"status": 429, "headers": {"Retry-After": "1"}}
    here.fetch(card(server.url("/file", busy, WHOLE)))
    first, second = server.times
    assert 1.0 <= second - first < 10


def test_server_that_says_to_come_back_much_later_is_left(server, here):
    until = {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
    busy = server.url("/busy", {"status": 503, "headers": until})
    record = here.fetch(card(busy, server.url("/good", WHOLE)))
    assert server.requests == ["/busy", "/good"]
    assert "HTTP 503" in record["files"][0]["tried"][0]["error"]


def test_pauses_grow(server, here, monkeypatch):
    monkeypatch.setattr(politeness, "PAUSE_S", 0.1)
    here.fails(card(server.url("/busy", {"status": 500})))
    assert len(server.times) == politeness.ATTEMPTS
    pauses = np.diff(server.times)
    assert pauses[0] >= 0.05 and pauses[1] >= 0.1 and pauses[2] >= 0.2


def test_the_project_is_named(server, here):
    here.fetch(card(server.url("/file", WHOLE)))
    assert server.headers[0]["User-Agent"].startswith("clear-sc/")


def test_two_connections_at_a_time(server, tmp_path, here):
    def one(number):
        one_card = card(server.url(f"/{number}", WHOLE | {"takes": 0.1})) | {"id": f"toy{number}"}
        fetch(one_card, tmp_path / f"out{number}", here.downloads)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))
    assert server.busiest == 2


def test_connections_of_another_process_count_until_it_dies(server, here):
    url = server.url("/file", WHOLE)
    program = (
        "import sys, time; from pathlib import Path\n"
        "from clear.benchmark.data.fetch.politeness import connection\n"
        "with connection(*(a := (sys.argv[1], Path(sys.argv[2])))), connection(*a):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    hosts = here.downloads / ".hosts"
    command = [sys.executable, "-c", program, url, str(hosts)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        assert other.stdout.readline() == "held\n"
        with connection("http://localhost/elsewhere", hosts):
            pass  # another host is free
        ours = pool.submit(here.fetch, card(url))
        time.sleep(0.3)
        assert server.requests == [] and not ours.done()
        other.kill()
        ours.result(timeout=20)
    assert server.requests == ["/file"]


def test_two_runs_that_want_the_same_file(server, tmp_path, here):
    wanted = card(server.url("/file", WHOLE | {"takes": 0.2}))

    def run(number):
        fetch(wanted, tmp_path / f"out{number}", here.downloads)
        return (tmp_path / f"out{number}" / "toy.bin").read_bytes()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [DATA, DATA]
    assert server.requests == ["/file"]
