"""Damaged first downloads: refused before anything is recorded, and another address is tried."""

import gzip
import io
import json
import lzma
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

from clear.benchmark.data.fetch.refused import refuse, refused

TEXT = b"gene,a,b\n" + b"".join(b"g%d,%d,0\n" % (i, i * i) for i in range(5000))


def h5(content):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["X"] = np.frombuffer(content, np.uint8)
    return buffer.getvalue()


def tar(content, mode="w"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        info = tarfile.TarInfo("t.csv")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("t.csv", content)
    return buffer.getvalue()


FILES = {
    "t.csv.gz": gzip.compress(TEXT),
    "t.csv.xz": lzma.compress(TEXT),
    "t.rds": gzip.compress(TEXT),  # R's files are compressed without a suffix that says so
    "t.zip": zipped(TEXT),
    "t.tar": tar(TEXT),
    "t.tar.gz": tar(TEXT, "w:gz"),
    "t.tgz": tar(TEXT, "w:gz"),
    "t.h5ad": h5(TEXT),
}


def card(name, *urls, **spec):
    return {"id": "toy", "files": [{"name": name, "urls": list(urls), **spec}]}


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("name", FILES)
def test_file_that_was_cut_without_anyone_noticing(server, here, name, share):
    whole = FILES[name]
    cut = {"body": whole[: int(len(whole) * share)]}  # its length is that of what is sent
    record = here.fetch(card(name, server.url("/cut", cut), server.url("/whole", {"body": whole})))
    assert (here.out / name).read_bytes() == whole
    (tried,) = record["files"][0]["tried"]
    assert tried["url"].endswith("/cut") and ".partial" not in tried["error"]


@pytest.mark.parametrize("name", FILES)
def test_file_whose_length_nobody_says(server, here, name):
    body = {"body": FILES[name], "length": False}
    assert here.fetch(card(name, server.url("/file", body)))["files"][0]["verified"] == "first use"


def test_text_whose_length_nobody_says(server, here):
    cut = TEXT[:-9]  # ends with a row
    url = server.url("/file", {"body": cut, "length": False})
    assert "give its `size` (bytes) or `sha256` in the card" in here.fails(card("t.csv", url))
    assert here.downloaded() == []
    assert here.fetch(card("t.csv", url, size=len(cut)))["files"][0]["verified"] == "first use"


@pytest.mark.parametrize("name", ["t.csv.gz", "t.zip", "t.tar", "t.h5ad"])
def test_text_in_place_of_a_file_of_another_format(server, here, name):
    url = server.url("/file", {"body": b"service unavailable\n" * 100})
    assert f"{name} could not be downloaded" in here.fails(card(name, url))


def test_what_reading_refused_is_looked_for_elsewhere(server, here, tmp_path):
    bad, good = {"body": b"too many requests"}, {"body": TEXT}
    wanted = card("t.csv", server.url("/bad", bad, bad, good), server.url("/good", good))
    fetched = here.fetch(wanted)
    note, read_by = tmp_path / "refused.json", {"reader": "table", "code": "1"}
    assert refuse(note, read_by, fetched, "it has a\nsingle column\n\nadvice") == ["t.csv"]
    why = refused(note, read_by)
    assert list(why.values()) == ["it has a single column"]
    (file,) = here.fetch(wanted, refused=why)["files"]
    assert file["url"].endswith("/good") and (here.out / "t.csv").read_bytes() == TEXT
    assert file["tried"][-1]["error"] == (
        "it is the file of which reading said: it has a single column"
    )
    # Whoever corrects the card, or the reader, downloads nothing again.
    assert refused(note, read_by | {"code": "2"}) == {}
    note.write_text("")
    assert refused(note, read_by) == {}


def test_files_that_are_not_to_blame_for_what_cannot_be_read(server, here, tmp_path):
    url = server.url("/file", {"body": TEXT})
    fetched = here.fetch(card("t.csv", url))
    fetched["files"][0]["verified"] = "card"
    by_hand = {"origin": "downloads", "verified": None}
    mirrored = {"origin": "mirror", "verified": "recorded"}
    fetched["files"] += [fetched["files"][0] | other for other in (by_hand, mirrored)]
    assert refuse(tmp_path / "note.json", {}, fetched, "no column") == []
    assert not (tmp_path / "note.json").exists()


def test_record_says_how_each_file_is_trusted(server, here):
    wanted = card("t.csv", server.url("/file", {"body": TEXT}))
    assert here.fetch(wanted)["files"][0]["verified"] == "first use"
    assert here.fetch(wanted)["files"][0]["verified"] == "first use"  # not read yet
    here.fetch_and_read(wanted)
    assert json.loads((here.out / "fetch.json").read_text())["files"][0]["verified"] == "first use"
    assert here.fetch(wanted)["files"][0]["verified"] == "recorded"
