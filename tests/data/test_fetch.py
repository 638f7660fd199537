"""Fetching files from mirrors, packages, paths, and from a real HTTP server on this machine."""

import hashlib
import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from clear.benchmark.data import download
from clear.benchmark.data.fetch import fetch
from clear.errors import ClearError

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
PAGE = b"\n<!DOCTYPE html>\n<html><body>Please log in</body></html>"


class Server(ThreadingHTTPServer):
    """Serves ``pages``: path -> list of answers, one a request, the last one for ever.

    An answer is (status, bytes sent, Content-Length or None for the true one).
    """

    def __init__(self):
        self.pages, self.requests = {}, []
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path, *answers):
        """Serve a page; without an answer it is not found."""
        self.pages[path] = list(answers)
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the server's table."""

    def do_GET(self):
        """Send the next answer."""
        self.server.requests.append(self.path)
        answers = self.server.pages[self.path] or [(404, b"", None)]
        status, body, length = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args):
        """Keep the test output clean."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(download, "PAUSE_S", 0.01)
    server = Server()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def here(tmp_path):
    """The folders of one fetch, and a function that does it and returns its record."""

    class Here:
        out, downloads, mirror = (tmp_path / d for d in ("run/source", "downloads", "mirror"))

        def fetch(self, card, mirror=None):
            fetch(card, self.out, self.downloads, mirror)
            assert leftovers(tmp_path) == []
            return json.loads((self.out / "fetch.json").read_text())

        def fails(self, card, mirror=None):
            with pytest.raises(ClearError) as caught:
                fetch(card, self.out, self.downloads, mirror)
            assert leftovers(tmp_path) == []
            assert not self.out.exists()
            return str(caught.value)

    (tmp_path / "mirror").mkdir()
    return Here()


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if ".part" in path.name]


def card(*urls, **spec):
    return {"id": "toy", "files": [{"name": "toy.bin", "urls": list(urls), **spec}]}


def ok(body=DATA):
    return (200, body, None)


def test_first_address_gone_second_serves(server, here):
    dead, good = server.url("/gone", (404, b"", None)), server.url("/good", ok())
    record = here.fetch(card(dead, good, sha256=DIGEST, size=len(DATA)))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert (here.downloads / "toy" / "toy.bin").read_bytes() == DATA
    assert record["dataset"] == "toy" and record["canonical"] is False
    assert record["files"] == [
        {
            "name": "toy.bin",
            "origin": "url",
            "location": good,
            "sha256": DIGEST,
            "verified": True,
            "tried": [{"url": dead, "error": "HTTP 404 Not Found"}],
            "bytes": len(DATA),
        }
    ]


BROKEN = (200, DATA[:300_000], len(DATA))


def test_connection_closed_mid_file_is_started_again(server, here):
    url = server.url("/file", BROKEN, BROKEN, ok())
    record = here.fetch(card(url))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert server.requests == ["/file"] * 3
    assert record["files"][0]["tried"] == [] and record["files"][0]["verified"] is False


def test_connection_always_closed_mid_file_leads_to_second_address(server, here):
    record = here.fetch(card(server.url("/broken", BROKEN), server.url("/good", ok())))
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert server.requests == ["/broken"] * download.ATTEMPTS + ["/good"]
    assert "connection closed" in record["files"][0]["tried"][0]["error"]


def test_overloaded_server_is_asked_again_but_a_missing_page_is_not(server, here):
    here.fetch(card(server.url("/none"), server.url("/busy", (503, b"", None), ok())))
    assert server.requests == ["/none", "/busy", "/busy"]


@pytest.mark.parametrize(
    ("body", "spec", "reason"),
    [
        (PAGE, {}, "an HTML page"),
        (POINTER, {}, "Git-LFS pointer"),
        (b"", {}, "the file is empty"),
        (DATA[:-1] + b"x", {"sha256": DIGEST}, f"expected sha256 {DIGEST}, found "),
        (DATA + b"x", {"size": len(DATA)}, f"expected {len(DATA)} bytes, found {len(DATA) + 1}"),
    ],
    ids=["html", "lfs", "empty", "digest", "size"],
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


def test_downloaded_file_is_not_fetched_again(server, here):
    good = card(server.url("/good", ok()), sha256=DIGEST.upper())
    here.fetch(good)
    record = here.fetch(good)
    assert server.requests == ["/good"]
    assert record["files"][0]["location"] == str(here.downloads / "toy" / "toy.bin")


def test_damaged_download_is_fetched_again(server, here):
    target = here.downloads / "toy" / "toy.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(DATA[:1000])
    record = here.fetch(card(server.url("/good", ok()), sha256=DIGEST))
    assert target.read_bytes() == (here.out / "toy.bin").read_bytes() == DATA
    assert record["files"][0]["tried"][0]["url"] == str(target)


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
    assert [p for p in here.downloads.rglob("*") if p.is_file()] == []


def test_one_of_two_files_dead_leaves_no_source_folder(server, here):
    two = card(server.url("/good", ok()))
    two["files"].append({"name": "second.bin", "urls": [server.url("/gone")]})
    assert "second.bin could not be downloaded" in here.fails(two)
    assert (here.downloads / "toy" / "toy.bin").exists()  # kept for the next attempt


def test_file_that_cannot_be_written(server, here):
    # The limit on the size of a file stands in for a full disk: both end a write with an error.
    program = (
        "import json, resource, sys; from pathlib import Path\n"
        "from clear.benchmark.data.fetch import fetch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "fetch(json.loads(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))\n"
    )
    url = server.url("/good", ok())
    folders = [str(here.out), str(here.downloads)]
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(card(url)), *folders],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "ClearError" in done.stderr and "toy.bin could not be written" in done.stderr
    assert [p for p in here.downloads.rglob("*") if p.is_file()] == []


def test_mirror_comes_before_the_network(server, here):
    (here.mirror / "toy.bin").write_bytes(DATA)
    record = here.fetch(card(server.url("/good", ok()), sha256=DIGEST), here.mirror)
    assert server.requests == []
    assert (here.out / "toy.bin").is_symlink()
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert record["files"][0]["origin"] == "mirror"


@pytest.mark.parametrize("body", [DATA[:-1], POINTER], ids=["digest", "lfs"])
def test_mirror_file_that_is_not_the_declared_one(here, body):
    (here.mirror / "toy.bin").write_bytes(body)
    message = here.fails(card(sha256=DIGEST), here.mirror)
    assert "'toy'" in message and str(here.mirror / "toy.bin") in message
    if body is not POINTER:
        assert DIGEST in message and hashlib.sha256(body).hexdigest() in message
    assert "Replace the file" in message


def test_file_missing_in_the_mirror_is_downloaded(server, here):
    two = card()
    two["files"].append({"name": "second.bin", "urls": [server.url("/good", ok())]})
    (here.mirror / "toy.bin").write_bytes(DATA)
    record = here.fetch(two, here.mirror)
    assert [file["origin"] for file in record["files"]] == ["mirror", "url"]


def test_ready_made_dataset_in_the_mirror(here):
    (here.mirror / "toy.h5ad").write_bytes(DATA)
    record = here.fetch(card(sha256="0" * 64), here.mirror)
    assert record["canonical"] is True
    assert [f["name"] for f in record["files"]] == ["toy.h5ad"]
    assert record["files"][0]["verified"] is False
    with_digest = card() | {"canonical": {"sha256": DIGEST}}
    assert here.fetch(with_digest, here.mirror)["files"][0]["verified"] is True


def test_ready_made_dataset_with_a_wrong_digest(here):
    (here.mirror / "toy.h5ad").write_bytes(DATA)
    message = here.fails(card() | {"canonical": {"sha256": "0" * 64}}, here.mirror)
    assert f"expected sha256 {'0' * 64}, found {DIGEST}" in message


def test_original_in_the_mirror_comes_before_the_ready_made_one(here):
    (here.mirror / "toy.bin").write_bytes(DATA)
    (here.mirror / "toy.h5ad").write_bytes(DATA)
    assert here.fetch(card(), here.mirror)["canonical"] is False


def test_mirror_that_is_no_folder(here):
    message = here.fails(card(), here.mirror / "typo")
    assert "typo does not exist" in message and "`mirror`" in message


def test_local_path(here, tmp_path):
    file = tmp_path / "mine.h5ad"
    message = here.fails({"id": "mine", "path": str(file)})
    assert f"there is no file {file}" in message and "`path`" in message
    file.write_bytes(DATA)
    record = here.fetch({"id": "mine", "path": str(file)})
    assert (here.out / "mine.h5ad").resolve() == file
    assert record["files"][0]["origin"] == "path" and record["files"][0]["sha256"] == DIGEST


def test_packaged_file(here):
    absent = {"id": "pbmc", "packaged": {"package": "no_such_package", "file": "x"}}
    assert "'no_such_package', which is not installed" in here.fails(absent)
    packaged = {"package": "scanpy", "file": "datasets/10x_pbmc68k_reduced.h5ad"}
    record = here.fetch({"id": "pbmc", "packaged": packaged})
    assert (here.out / "10x_pbmc68k_reduced.h5ad").stat().st_size == record["files"][0]["bytes"]
    assert record["files"][0]["origin"] == "packaged"


def test_simulated_dataset_has_no_files(here):
    record = here.fetch({"id": "sim", "simulate": {"cells": 10}})
    assert record == {"dataset": "sim", "source": "main", "canonical": False, "files": []}


def test_second_fetch_replaces_the_first(here, tmp_path):
    for name in ("one.h5ad", "two.h5ad"):
        (tmp_path / name).write_bytes(DATA)
        here.fetch({"id": "mine", "path": str(tmp_path / name)})
    assert sorted(p.name for p in here.out.iterdir()) == ["fetch.json", "two.h5ad"]
