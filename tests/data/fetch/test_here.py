"""Files that are here already: a mirror, a path, a package, or nothing at all for a simulation."""

import hashlib
import subprocess

import pytest

from tests.data.fetch.files import DATA, DIGEST, POINTER, card, ok


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
