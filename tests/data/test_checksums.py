"""Files without a published checksum: the first download counts."""

import hashlib
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clear.benchmark.data.fetch.checksums import Checksums, Key
from clear.errors import ClearError

OLD, NEW = b"old content", b"new content!"
OLD_DIGEST, NEW_DIGEST = (hashlib.sha256(body).hexdigest() for body in (OLD, NEW))
HEADER = "dataset\tsource\tfile\turl\tbytes\tsha256\tfirst_seen\n"
KEY = Key("toy", "main", "toy.bin")


def card(*urls, **spec):
    return {"id": "toy", "files": [{"name": "toy.bin", "urls": list(urls), **spec}]}


@pytest.fixture
def known(server, here):
    """A card whose file was downloaded, and is now wanted on another machine."""
    url = server.url("/file", {"body": OLD})
    here.fetch_and_read(card(url))
    shutil.rmtree(here.downloads)
    shutil.rmtree(here.out)
    return card(url)


def test_first_download_is_recorded_and_the_log_says_so(server, here, capsys):
    url = server.url("/file", {"body": OLD})
    assert here.fetch(card(url))["files"][0]["verified"] == "first use"
    assert not here.checksums.exists()  # it may be damaged
    record = here.fetch_and_read(card(url))
    assert record["files"][0]["verified"] == "first use"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    line = f"toy\tmain\ttoy.bin\t{url}\t{len(OLD)}\t{OLD_DIGEST}\t{today}\n"
    assert here.checksums.read_text() == HEADER + line
    log = capsys.readouterr().out
    assert "first download is trusted" in log and OLD_DIGEST in log


def test_later_downloads_are_compared(known, here):
    before = here.checksums.read_text()
    assert here.fetch(known)["files"][0]["verified"] == "recorded"
    assert here.fetch(known)["files"][0]["verified"] == "recorded"  # the downloaded file
    assert here.checksums.read_text() == before


def test_changed_file_is_refused(known, server, here):
    server.url("/file", {"body": NEW})
    message = here.fails(known)
    assert OLD_DIGEST in message and NEW_DIGEST in message
    assert f"{here.checksums}, line 2" in message and "remove that line" in message
    assert here.downloaded() == []
    here.checksums.write_text(HEADER)
    assert here.fetch(known)["files"][0]["sha256"] == NEW_DIGEST


def test_another_address_may_still_have_the_first_file(known, server, here):
    server.url("/file", {"body": NEW})
    known["files"][0]["urls"].append(server.url("/other", {"body": OLD}))
    record = here.fetch(known)
    assert (here.out / "toy.bin").read_bytes() == OLD
    assert "the file has changed" in record["files"][0]["tried"][0]["error"]


def test_checksum_of_the_card_needs_no_record(server, here):
    here.fetch(card(server.url("/file", {"body": OLD}), sha256=OLD_DIGEST))
    assert not here.checksums.exists()


def test_file_of_a_mirror_is_compared_but_not_recorded(known, server, here):
    here.checksums.rename(here.folder / "kept.tsv")
    (here.mirror / "toy.bin").write_bytes(NEW)
    assert here.fetch(known, here.mirror)["files"][0]["verified"] is None
    assert not here.checksums.exists()
    shutil.rmtree(here.out)
    (here.folder / "kept.tsv").rename(here.checksums)
    server.url("/file")
    message = here.fails(known, here.mirror)
    assert str(here.mirror / "toy.bin") in message and OLD_DIGEST in message
    (here.mirror / "toy.bin").write_bytes(OLD)
    assert here.fetch(known, here.mirror)["files"][0]["verified"] == "recorded"


def test_earlier_download_that_differs_is_fetched_again(known, here):
    (here.downloads / "toy").mkdir(parents=True)
    (here.downloads / "toy/toy.bin").write_bytes(NEW)
    here.fetch(known)
    assert (here.downloads / "toy/toy.bin").read_bytes() == OLD


def test_two_sources_may_have_files_of_one_name(known, server, here):
    server.url("/file")
    other = {"name": "other", "files": card(server.url("/other", {"body": NEW}))["files"]}
    record = here.fetch_and_read(known | {"alternatives": [other]})
    assert record["source"] == "other" and record["files"][0]["verified"] == "first use"
    assert [line.split("\t")[1] for line in here.checksums.read_text().splitlines()[1:]] == [
        "main",
        "other",
    ]


def test_table_that_cannot_be_written(server, here, capsys):
    here.checksums = Path("/proc/checksums.tsv")  # read-only for everyone
    record = here.fetch(card(server.url("/file", {"body": OLD})))
    assert (here.out / "toy.bin").read_bytes() == OLD
    (warning,) = Checksums(here.checksums).trust_read(record)
    assert "/proc/checksums.tsv cannot be written" in warning and OLD_DIGEST in warning
    assert f"warning: {warning}" in capsys.readouterr().out


def test_many_at_once(tmp_path):
    table = tmp_path / "checksums.tsv"

    def trust(number):
        key = Key(f"toy{number}", "main", "toy.bin")
        Checksums(table).trust(key, "http://x/y", number, f"{number:064x}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(trust, range(40)))
    header, *lines = table.read_text().splitlines(keepends=True)
    assert header == HEADER
    assert {line.split("\t")[0] for line in lines} == {f"toy{i}" for i in range(40)}
    assert {len(line.split("\t")) for line in lines} == {7}


def test_another_process_was_first(tmp_path):
    """Both found no line before their download; the table decides."""
    table = Checksums(tmp_path / "checksums.tsv")
    assert table.check(KEY, OLD_DIGEST) is False
    table.trust(KEY, "u", 1, OLD_DIGEST)
    table.trust(KEY, "u", 1, OLD_DIGEST)
    with pytest.raises(ClearError, match=f"expected sha256 {OLD_DIGEST}.*found {NEW_DIGEST}"):
        table.trust(KEY, "u", 1, NEW_DIGEST)
    assert len((tmp_path / "checksums.tsv").read_text().splitlines()) == 2


def test_line_that_an_editor_left_open(tmp_path):
    table = tmp_path / "checksums.tsv"
    table.write_text(HEADER + f"a\tmain\tb\tu\t1\t{OLD_DIGEST}\t2026-01-01")
    Checksums(table).trust(KEY, "u", 1, NEW_DIGEST)
    assert Checksums(table).check(Key("a", "main", "b"), OLD_DIGEST)
    assert Checksums(table).check(KEY, NEW_DIGEST)


def test_line_that_is_none(tmp_path):
    table = tmp_path / "checksums.tsv"
    table.write_text(HEADER + "toy main toy.bin u 1 abc 2026-01-01\n")
    with pytest.raises(ClearError, match=r"checksums\.tsv, line 2: 1 columns, not 7"):
        Checksums(table).check(KEY, OLD_DIGEST)


def test_table_without_a_header(tmp_path):
    table = tmp_path / "checksums.tsv"
    table.write_text("\t".join([*KEY, "u", "1", OLD_DIGEST, "2026-01-01"]) + "\n")
    assert Checksums(table).check(KEY, OLD_DIGEST)
    with pytest.raises(ClearError, match=r"checksums.tsv, line 1"):
        Checksums(table).check(KEY, NEW_DIGEST)


def test_table_that_is_no_text(tmp_path):
    table = tmp_path / "checksums.tsv"
    table.write_bytes(HEADER.encode() + b"caf\xe9")
    with pytest.raises(ClearError, match=r"checksums.tsv, line 2 is not UTF-8 text"):
        Checksums(table).check(KEY, OLD_DIGEST)
    with pytest.raises(ClearError, match=f"{tmp_path} cannot be read"):
        Checksums(tmp_path).check(KEY, OLD_DIGEST)


def test_table_of_the_repository(repository):
    assert (repository / "config/checksums.tsv").read_text().startswith(HEADER)
