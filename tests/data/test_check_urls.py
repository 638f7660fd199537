"""The addresses of cards, asked of a real server."""

import pytest

from clear.benchmark.data.fetch.check_urls import as_text, check_urls, dead

BODY = b"x" * 1000


@pytest.fixture
def check(tmp_path):
    def ask(*cards):
        table = check_urls(list(cards), tmp_path / "hosts")
        return table, [tuple(row) for row in table[["status", "size"]].astype(object).values]

    return ask


def card(*urls, id="toy", **spec):
    return {"id": id, "files": [{"name": "toy.bin", "urls": list(urls), **spec}]}


def test_living_address_is_not_downloaded(server, check):
    table, answers = check(card(server.url("/file", {"body": BODY}), size=1000))
    assert answers == [("ok", 1000)]
    assert [h["Method"] for h in server.headers] == ["HEAD"]
    assert dead(table) == []


@pytest.mark.parametrize("status", [403, 405, 501])
def test_server_that_refuses_head(server, check, status):
    url = server.url("/file", {"status": status}, {"body": BODY, "ranges": True})
    _, answers = check(card(url))
    assert answers == [("ok", 1000)]
    assert [(h["Method"], h.get("Range")) for h in server.headers] == [
        ("HEAD", None),
        ("GET", "bytes=0-0"),
    ]


def test_redirection_is_followed(server, check):
    there = server.url("/there", {"body": BODY})
    here = server.url("/here", {"status": 302, "headers": {"Location": there}})
    assert check(card(here))[1] == [("ok", 1000)]


def test_what_is_wrong_is_said(server, check):
    gone, forbidden = server.url("/gone"), server.url("/no", {"status": 403})
    page = server.url("/page", {"body": BODY, "headers": {"Content-Type": "text/html"}})
    other, busy = server.url("/other", {"body": BODY}), server.url("/busy", {"status": 503})
    nowhere = "http://127.0.0.1:9/closed"
    table, answers = check(card(gone, forbidden, page, other, busy, nowhere, size=999))
    statuses = [status for status, _ in answers]
    assert statuses[:5] == [
        "HTTP 404 Not Found",
        "HTTP 403 Forbidden",
        "an HTML page",
        "another size",
        "HTTP 503 Service Unavailable",
    ]
    assert statuses[5].startswith("no connection")
    assert dead(table) == ["toy/main/toy.bin"]


def test_length_of_a_compressed_answer_is_not_that_of_the_file(server, check):
    answer = {"body": BODY, "headers": {"Content-Encoding": "gzip"}}
    table, answers = check(card(server.url("/file", answer), size=5000))
    assert answers[0][0] == "ok" and dead(table) == []


def test_one_living_address_is_enough_for_a_file_but_not_for_another_source(server, check):
    alive, gone = server.url("/file", {"body": BODY}), server.url("/gone")
    two = card(gone, alive) | {"alternatives": [{"name": "other", "files": card(gone)["files"]}]}
    no_files = {"id": "simulated"}
    table, _ = check(card(alive, id="one"), no_files, two)
    assert table["dataset"].tolist() == ["one", "toy", "toy", "toy"]
    assert dead(table) == ["toy/other/toy.bin"]


def test_table_is_aligned(server, check):
    alive, gone = server.url("/file", {"body": BODY}), server.url("/gone")
    table, _ = check(card(alive, gone))
    lines = as_text(table).splitlines()
    assert len(lines) == 3
    starts = {lines[0].index("url"), lines[1].index("http"), lines[2].index("http")}
    assert len(starts) == 1
