"""Fetching files from mirrors, packages, paths, and from a real HTTP server on this machine."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from clear.benchmark.data.fetch import politeness

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"
PAGE = b"\n<!DOCTYPE html>\n<html><body>Please log in</body></html>"
XML = b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'


def card(*urls, **spec):
    return {"id": "toy", "files": [{"name": "toy.bin", "urls": list(urls), **spec}]}


def ok(body=DATA):
    return {"body": body}


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


def test_damaged_file_of_the_mirror_is_named_and_downloaded(server, here, capsys):
    (here.mirror / "toy.bin").write_bytes(DATA[:-1])
    record = here.fetch(card(server.url("/good", ok()), sha256=DIGEST), here.mirror)
    assert (here.out / "toy.bin").read_bytes() == DATA
    assert record["files"][0]["tried"][0]["url"] == str(here.mirror / "toy.bin")
    assert f"{here.mirror / 'toy.bin'}: expected sha256 {DIGEST}" in capsys.readouterr().out


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


def test_ready_made_dataset_in_the_mirror(here):
    (here.mirror / "toy.h5ad").write_bytes(DATA)
    record = here.fetch(card(sha256="0" * 64), here.mirror)
    assert record["canonical"] is True
    assert [f["name"] for f in record["files"]] == ["toy.h5ad"]
    assert record["files"][0]["verified"] is None
    with_digest = card() | {"canonical": {"sha256": DIGEST}}
    assert here.fetch(with_digest, here.mirror)["files"][0]["verified"] == "card"


def test_ready_made_dataset_with_a_wrong_digest(here):
    (here.mirror / "toy.h5ad").write_bytes(DATA)
    message = here.fails(card() | {"canonical": {"sha256": "0" * 64}}, here.mirror)
    assert f"expected sha256 {'0' * 64}, found {DIGEST}" in message


def test_mirror_that_is_no_folder(here):
    message = here.fails(card(), here.mirror / "typo")
    assert "typo does not exist" in message and "`mirror`" in message


def test_local_path(here, tmp_path):
    file = tmp_path / "mine.h5ad"
    message = here.fails({"id": "mine", "path": str(file)})
    assert f"{file} does not exist" in message and "`path`" in message
    file.symlink_to(file)
    assert f"{file} leads nowhere" in here.fails({"id": "mine", "path": str(file)})
    file.unlink()
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
    assert (record["dataset"], record["source"], record["files"]) == ("sim", "main", [])


def two_sources(server, main, other):
    """Two sources with a matrix and its cells; ``main`` and ``other`` say what is served."""

    def files(source, served):
        return [
            {"name": name, "role": role, "urls": [server.url(f"/{source}/{name}", *answers)]}
            for (name, role), answers in zip(ROLES.items(), served, strict=True)
        ]

    alternative = {"name": "other", "files": files("other", other)}
    return {"id": "toy", "files": files("main", main), "alternatives": [alternative]}


ROLES = {"toy.mtx": "matrix", "cells.tsv": "barcodes"}
SERVED, DEAD = [ok(b"main")], []
OTHER = [ok(b"other")]


def test_next_source_is_used_whole(server, here, capsys):
    record = here.fetch(two_sources(server, [SERVED, DEAD], [OTHER, OTHER]))
    assert record["source"] == "other"
    assert {file["name"]: file["role"] for file in record["files"]} == ROLES
    assert [(here.out / name).read_bytes() for name in ROLES] == [b"other", b"other"]
    (abandoned,) = record["abandoned"]
    assert abandoned["source"] == "main"
    assert "cells.tsv could not be downloaded" in abandoned["reason"]
    assert "HTTP 404" in abandoned["reason"]
    log = capsys.readouterr().out
    assert "source main: cells.tsv could not be downloaded" in log
    assert "the files are those of other" in log


def test_no_source_works(server, here):
    message = here.fails(two_sources(server, [SERVED, DEAD], [DEAD, SERVED]))
    assert "main: cells.tsv could not be downloaded" in message
    assert "other: toy.mtx could not be downloaded" in message
    assert "/main/cells.tsv: HTTP 404" in message and "/other/toy.mtx: HTTP 404" in message
    for place in ("toy.mtx", "cells.tsv", "other/toy.mtx", "other/cells.tsv"):
        assert f"{here.downloads}/toy/{place}\n" in message
    assert "toy.h5ad" in message


@pytest.mark.parametrize(
    ("in_mirror", "source", "canonical"),
    [
        (["toy.mtx", "cells.tsv", "second.mtx", "toy.h5ad"], "main", False),
        (["toy.mtx", "second.mtx", "toy.h5ad"], "second", False),
        (["toy.mtx", "toy.h5ad"], "main", True),
        (["toy.mtx"], "main", False),
    ],
    ids=["main", "complete source", "ready-made", "network"],
)
def test_order_of_the_strategies(server, here, in_mirror, source, canonical):
    wanted = two_sources(server, [SERVED, SERVED], [OTHER, OTHER])
    second = {"name": "second.mtx", "urls": [server.url("/second")]}
    wanted["alternatives"].append({"name": "second", "files": [second]})
    for name in in_mirror:
        (here.mirror / name).write_bytes(b"mirror")
    record = here.fetch(wanted, here.mirror)
    assert (record["source"], record["canonical"]) == (source, canonical)
    assert server.requests == ([] if len(in_mirror) > 1 else ["/main/cells.tsv"])


def test_refused_file_of_the_mirror_leads_on_and_is_named(server, here):
    wanted = two_sources(server, [SERVED, SERVED], [OTHER, OTHER])
    wanted["files"][0]["sha256"] = hashlib.sha256(b"main").hexdigest()
    for name in ROLES:
        (here.mirror / name).write_bytes(b"mirror")
    record = here.fetch(wanted, here.mirror)
    assert record["source"] == "other"  # complete in the mirror, and nobody says it is wrong
    assert record["abandoned"][0]["source"] == "main"
    assert "expected sha256" in record["abandoned"][0]["reason"]


def test_folder_of_ones_own(here, tmp_path):
    folder = tmp_path / "mine"
    mine = {"id": "mine", "path": str(folder)}
    folder.mkdir()
    assert "the folder holds no file" in here.fails(mine)
    for name in ("b/0.0", "a", ".zattrs"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    (file,) = here.fetch(mine)["files"]
    listing = subprocess.run(
        "find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum",
        cwd=folder,
        shell=True,
        capture_output=True,
        text=True,
    )
    assert file["sha256"] == listing.stdout.split()[0]
    assert (file["name"], file["bytes"]) == ("mine", len("content of b/0.0a.zattrs") + 22)
    assert (here.out / "mine/b/0.0").read_text() == "content of b/0.0"
