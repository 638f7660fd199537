"""Transfers that were cut go on where they were, if the rest is of the same file."""

import numpy as np
import pytest

from clear.benchmark.data.fetch import politeness, transfer
from tests.data.fetch.files import card
from tests.data.fetch.transfers import (
    BROKEN,
    CUT,
    DATA,
    ETAG,
    OTHER,
    START,
    WHOLE,
    asked,
    first_byte,
)

NEW = np.random.default_rng(1).bytes(900_000)


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
