"""A server on this machine that stands in for the archives, and the folders of one fetch."""

import io
import json
import shutil
import tarfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from clear.benchmark.data.fetch import politeness
from clear.benchmark.data.fetch.checksums import Checksums
from clear.benchmark.data.fetch.fetch import fetch
from clear.errors import ClearError

ANSWER = {
    "status": 200,
    "body": b"",
    "headers": {},
    "length": True,  # whether Content-Length is sent
    "sent": None,  # bytes of the body after which the connection is closed
    "stalls": 0.0,  # seconds until then
    "piece": None,  # bytes of it that are sent at a time
    "pause": 0.0,  # seconds after each
    "takes": 0.0,  # seconds before the first byte
    "ranges": False,  # whether Range and If-Range are heeded
}


class Server(ThreadingHTTPServer):
    """Serves ``pages``: path -> list of answers, one a request, the last one for ever.

    Of every request ``requests`` has the path, ``headers`` what was asked and ``times`` when, in
    seconds; ``busiest`` is the greatest number of requests that were under way at a time.
    """

    daemon_threads = True

    def __init__(self):
        self.pages, self.requests, self.headers, self.times = {}, [], [], []
        self.busy = self.busiest = 0
        self.lock = Lock()
        super().__init__(("127.0.0.1", 0), Handler)

    def url(self, path, *answers):
        """Serve a page; without an answer it is not found."""
        self.pages[path] = [ANSWER | answer for answer in answers or [{"status": 404}]]
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the server's table."""

    def do_GET(self):
        """Send the next answer."""
        server = self.server
        with server.lock:
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
            server.times.append(time.monotonic())
            server.requests.append(self.path)
            server.headers.append({"Method": self.command, **self.headers})
            answers = server.pages[self.path]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        time.sleep(answer["takes"])
        with server.lock:  # before the client can know that this request is done
            server.busy -= 1
        self.answer(answer)
        self.close_connection = True

    do_HEAD = do_GET

    def answer(self, answer):
        """Send an answer, or the part of it that is asked for."""
        status, body, headers = answer["status"], answer["body"], dict(answer["headers"])
        asked = self.headers.get("Range") if answer["ranges"] else None
        versions = (headers.get("ETag"), headers.get("Last-Modified"), None)
        if asked and self.headers.get("If-Range") in versions:
            first, last = asked.removeprefix("bytes=").split("-")
            part = body[int(first) : int(last) + 1 if last else None]
            headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}"
            status, body = (206, part) if part else (416, b"")
        self.send_response(status)
        if answer["length"]:
            self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            body = body[: answer["sent"]]
            size = answer["piece"] or len(body) or 1
            for start in range(0, len(body), size):
                self.wfile.write(body[start : start + size])
                time.sleep(answer["pause"])
            time.sleep(answer["stalls"])

    def log_message(self, *args):
        """Keep the test output clean."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(politeness, "PAUSE_S", 0.01)
    monkeypatch.setattr(politeness, "POLL_S", 0.01)
    server = Server()
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Here:
    """The folders of one fetch, and functions that do it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.out, self.downloads, self.mirror, self.checksums = (
            folder / name for name in ("run/source", "downloads", "mirror", "checksums.tsv")
        )
        self.mirror.mkdir()

    def fetch(self, card, mirror=None, **more):
        """Fetch into an empty folder and return the record."""
        shutil.rmtree(self.out, ignore_errors=True)
        fetch(card, self.out, self.downloads, mirror, self.checksums, **more)
        assert self.leftovers() == []
        return json.loads((self.out / "fetch.json").read_text())

    def fetch_and_read(self, card, mirror=None):
        """Fetch, and record first downloads as reading does; return the record."""
        record = self.fetch(card, mirror)
        Checksums(self.checksums).trust_read(record)
        return record

    def fails(self, card, mirror=None, **more):
        """Fetch in vain and return the message."""
        with pytest.raises(ClearError) as caught:
            fetch(card, self.out, self.downloads, mirror, self.checksums, **more)
        assert not self.out.exists()
        assert self.leftovers(beside_partial=True) == []
        return str(caught.value)

    def leftovers(self, beside_partial=False):
        """Half-written files; after an error a partial download may stay."""
        found = [path.name for path in self.folder.rglob("*") if ".part" in path.name]
        return [n for n in found if not (beside_partial and ".partial" in n)]

    def downloaded(self):
        """Names of all downloaded files, whole or not."""
        files = [path for path in self.downloads.rglob("*") if path.is_file()]
        return sorted(path.name for path in files if not path.parent.name.startswith("."))


@pytest.fixture
def here(tmp_path):
    return Here(tmp_path)


@pytest.fixture
def tar(tmp_path):
    """Write an archive; return what a reader gets of it."""

    def tar(contents, name="GSE1_RAW.tar"):
        with tarfile.open(tmp_path / name, "w") as archive:
            for inside, content in contents.items():
                info = tarfile.TarInfo(inside)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        return {"matrix": [tmp_path / name]}

    return tar
