"""Answers that are compressed, of unknown length or too slow."""

import gzip
import hashlib

import pytest

from clear.benchmark.data.fetch import body
from tests.data.fetch.files import card
from tests.data.fetch.transfers import BROKEN, CUT, DATA, ETAG, WHOLE, asked

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
