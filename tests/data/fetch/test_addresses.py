"""Files are fetched from the first address that has them, and are what the card says."""

from datetime import UTC, datetime, timedelta

import pytest

from clear.benchmark.data.fetch import politeness
from tests.data.fetch.files import DATA, DIGEST, POINTER, card, ok

PAGE = b"\n<!DOCTYPE html>\n<html><body>Please log in</body></html>"
XML = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'


def test_first_address_gone_second_serves(server, here):
    dead, good = server.url("/gone", {"status": 404}), server.url("/good", ok())
    record = here.fetch(card(dead, good, sha256=DIGEST, size=len(DATA)))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert (here.downloads / "toy" / "toy.bin").read_bytes() == DATA
    assert record["dataset"] == "toy" and record["canonical"] is False
    assert record["source"] == "main" and record["abandoned"] == []
    (file,) = record["files"]
    started, finished = (datetime.fromisoformat(file.pop(k)) for k in ("started", "finished"))
    assert started <= finished <= datetime.now(UTC) < started + timedelta(minutes=1)
    assert file == {
        "name": "toy.bin",
        "role": "matrix",
        "origin": "url",
        "location": good,
        "url": good,
        "sha256": DIGEST,
        "verified": "card",
        "attempts": 1,
        "tried": [{"url": dead, "error": "HTTP 404 Not Found"}],
        "bytes": len(DATA),
    }


BROKEN = {"body": DATA, "sent": 300_000}


def test_connection_always_closed_mid_file_leads_to_second_address(server, here):
    record = here.fetch(card(server.url("/broken", BROKEN), server.url("/good", ok())))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert server.requests == ["/broken"] * politeness.ATTEMPTS + ["/good"]
    assert "connection closed" in record["files"][0]["tried"][0]["error"]


def test_overloaded_server_is_asked_again_but_a_missing_page_is_not(server, here):
    here.fetch(card(server.url("/none"), server.url("/busy", {"status": 503}, ok())))
    assert server.requests == ["/none", "/busy", "/busy"]


@pytest.mark.parametrize(
    ("body", "spec", "reason"),
    [
        (PAGE, {}, "an HTML page"),
        (b"<!-- down -->" + PAGE, {}, "an HTML page"),
        (XML, {}, "an XML page"),
        (b'\n{"error": "quota"}', {}, "a JSON message"),
        (b'[{"error": "quota"}]', {}, "a JSON message"),
        (POINTER, {}, "Git-LFS pointer"),
        (b"", {}, "the file is empty"),
        (DATA[:-1] + b"x", {"sha256": DIGEST}, f"expected sha256 {DIGEST}, found "),
        (DATA + b"x", {"size": len(DATA)}, f"expected {len(DATA)} bytes, found {len(DATA) + 1}"),
    ],
    ids=["html", "comment", "xml", "json", "list", "lfs", "empty", "digest", "size"],
)
def test_wrong_content_leads_to_second_address(server, here, body, spec, reason):
    record = here.fetch(card(server.url("/bad", ok(body)), server.url("/good", ok()), **spec))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert reason in record["files"][0]["tried"][0]["error"]
    assert server.requests == ["/bad", "/good"]


def test_html_file_may_be_html(server, here):
    page = card(server.url("/page", ok(PAGE)))
    page["files"][0]["name"] = "page.html"
    here.fetch(page)
    assert (here.out / "page.html").read_bytes() == PAGE


def test_every_address_dead(server, here):
    refused = "http://127.0.0.1:9/closed"  # the discard port: nothing listens there
    urls = [server.url("/gone"), server.url("/page", ok(PAGE)), refused, "no-scheme"]
    message = here.fails(card(*urls, sha256=DIGEST))
    assert "'toy'" in message and "toy.bin could not be downloaded" in message
    assert f"{urls[0]}: HTTP 404 Not Found" in message
    assert f"{urls[1]}: an HTML page" in message
    assert f"{refused}: no connection" in message
    assert "no-scheme: Invalid URL" in message
    assert str(here.downloads / "toy" / "toy.bin") in message
    assert "`mirror`" in message and "toy.h5ad" in message
    assert here.downloaded() == []


def test_one_of_two_files_dead_leaves_no_source_folder(server, here):
    two = card(server.url("/good", ok()))
    two["files"].append({"name": "second.bin", "urls": [server.url("/gone")]})
    assert "second.bin could not be downloaded" in here.fails(two)
    assert (here.downloads / "toy" / "toy.bin").exists()  # kept for the next attempt
