"""The downloads: what is there is not fetched again, and what cannot be written is said."""

import json
import subprocess
import sys

from tests.data.fetch.files import DATA, DIGEST, card, ok


def test_downloaded_file_is_not_fetched_again(server, here):
    good = card(server.url("/good", ok()), sha256=DIGEST.upper())
    first = here.fetch(good)
    assert here.fetch(good) == first  # with where it came from, and when
    assert server.requests == ["/good"]


def test_file_put_among_the_downloads_by_hand(here):
    target = here.downloads / "toy" / "toy.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(DATA)
    (file,) = here.fetch(card("http://127.0.0.1:9/closed"))["files"]
    assert (file["origin"], file["location"], file["url"]) == ("downloads", str(target), None)
    assert file["verified"] is None
    assert not here.checksums.exists()  # only what comes from an address is trusted


def test_damaged_download_is_fetched_again(server, here):
    target = here.downloads / "toy" / "toy.bin"
    target.parent.mkdir(parents=True)
    target.write_bytes(DATA[:1000])
    record = here.fetch(card(server.url("/good", ok()), sha256=DIGEST))
    assert target.read_bytes() == (here.out / "toy.bin").read_bytes() == DATA
    assert record["files"][0]["tried"][0]["url"] == str(target)


def test_file_that_cannot_be_written(server, here):
    # The limit on the size of a file stands in for a full disk: both end a write with an error.
    program = (
        "import json, resource, sys; from pathlib import Path\n"
        "from clear.benchmark.data.fetch.fetch import fetch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))\n"
        "fetch(json.loads(sys.argv[1]), *map(Path, sys.argv[2:]))\n"
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
    assert here.downloaded() == []


def test_folder_of_the_downloads_that_cannot_be_made(server, here):
    here.downloads.write_text("a file in its place")
    message = here.fails(card(server.url("/good", ok())))
    assert str(here.downloads) in message and "cannot be written" in message
    assert server.requests == []
