"""Archives: what is in them comes out, and nothing that an evil or broken one could do happens."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile

import numpy as np
import pytest

from clear.benchmark.data.archives import limits
from clear.benchmark.data.archives.archives import describe, is_archive, members, unpack
from clear.errors import ClearError

FILES = {"a.txt": b"alpha\n" * 50_000, "sub/b.csv.gz": gzip.compress(b"beta"), "c.md": b"gamma"}
PLAIN = {"a.txt": FILES["a.txt"], "sub/b.csv.gz": b"beta", "c.md": b"gamma"}


def make_tar(path, files=FILES, mode="w", **changes):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in changes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return path


def make_zip(path, files=FILES, mode=0):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return path


def read_all(*paths, pattern=None):
    return {name: stream.read() for name, stream in members(paths, pattern)}


@pytest.fixture(params=["w", "w:gz", "w:bz2", "w:xz", "zip"])
def archive(request, tmp_path):
    path = tmp_path / "some.archive"  # the content tells, not the name
    return make_zip(path) if request.param == "zip" else make_tar(path, mode=request.param)


def test_every_file_comes_out(archive):
    assert is_archive(archive)
    assert read_all(archive) == PLAIN


def test_only_what_matches(archive):
    assert read_all(archive, pattern=r"\.(csv|md)") == {"sub/b.csv.gz": b"beta", "c.md": b"gamma"}
    with pytest.raises(ClearError, match=r"fits the pattern 'x\$'; the names are: a.txt, sub/b"):
        read_all(archive, pattern="x$")


def test_streams_may_be_read_in_part(archive):
    starts = {name: stream.read(3) for name, stream in members([archive])}
    assert starts == {"a.txt": b"alp", "sub/b.csv.gz": b"bet", "c.md": b"gam"}


def test_several_archives_and_plain_files(tmp_path):
    one = make_tar(tmp_path / "one.tar", {"x": b"1"})
    two = make_zip(tmp_path / "two.zip", {"y": b"2"})
    plain = tmp_path / "z.txt.xz"
    plain.write_bytes(lzma.compress(b"3"))
    found = [(n, s.read(), s.name) for n, s in members([one, two, plain])]
    assert found == [
        ("x", b"1", f"{one}: x"),
        ("y", b"2", f"{two}: y"),
        ("z.txt.xz", b"3", str(plain)),
    ]
    assert not is_archive(plain)


def test_unpack_decompresses_and_keeps_folders(archive, tmp_path):
    folder = tmp_path / "out"
    paths = unpack(archive, folder)
    assert {name: path.read_bytes() for name, path in paths.items()} == PLAIN
    assert paths["sub/b.csv.gz"] == folder / "sub" / "b.csv"
    assert sorted(p.name for p in folder.rglob("*") if p.is_file()) == ["a.txt", "b.csv", "c.md"]


def test_unpack_of_plain_files(tmp_path):
    plain, packed = tmp_path / "x.h5", tmp_path / "y.h5.bz2"
    plain.write_bytes(b"content")
    packed.write_bytes(bz2.compress(b"content"))
    assert unpack(plain, tmp_path / "one") == {"x.h5": plain}
    paths = unpack(packed, tmp_path / "two")
    assert paths == {"y.h5.bz2": tmp_path / "two" / "y.h5"}
    assert paths["y.h5.bz2"].read_bytes() == b"content"


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/evil", "..\\evil", "C:\\evil"])
@pytest.mark.parametrize("make", [make_tar, make_zip])
def test_names_that_lead_out(tmp_path, name, make):
    path = make(tmp_path / "x", {"good": b"1", name: b"2"})
    with pytest.raises(ClearError, match="leads out of the archive"):
        unpack(path, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil")) and not (tmp_path / "deep" / "out").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar(tmp_path, kind):
    path = make_tar(tmp_path / "x.tar", {"link": b""}, type=kind, linkname="/etc/passwd")
    with pytest.raises(ClearError, match=r"x.tar: link is a link or a device"):
        read_all(path)


def test_link_in_zip(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"link": b"/etc/passwd"}, stat.S_IFLNK | 0o777)
    with pytest.raises(ClearError, match=r"x.zip: link is a link or a device"):
        read_all(path)


@pytest.fixture
def little_room(monkeypatch):
    monkeypatch.setattr(limits, "HARMLESS", 1_000_000)


def test_limit_holds_while_reading(tmp_path, little_room):
    # A compressed member says nothing of its size: 3 MB of zeros are 3 kB here.
    path = make_tar(tmp_path / "x.tar", {"bomb.gz": gzip.compress(bytes(3_000_000))})
    with pytest.raises(ClearError, match="bomb.gz unpacks to more than 200 times its size"):
        unpack(path, tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.tar"]


@pytest.mark.parametrize("make", [make_zip, lambda *args: make_tar(*args, mode="w:bz2")])
def test_limit_is_over_all_files_of_an_archive(tmp_path, little_room, make):
    path = make(tmp_path / "x", {name: bytes(600_000) for name in "ab"})
    with pytest.raises(ClearError, match="unpacks to more than 200 times its size"):
        read_all(path)


def test_what_is_skipped_in_a_compressed_tar_counts(tmp_path, little_room):
    path = make_tar(tmp_path / "x", {"a": b"1", "b": bytes(2_000_000)}, mode="w:gz")
    with pytest.raises(ClearError, match="unpacks to more than 200 times its size"):
        read_all(path, pattern="a")


def test_data_that_shrink_like_expression_have_no_limit(tmp_path, little_room):
    path = tmp_path / "x.gz"
    rare = np.random.default_rng(0).random(1_000_000) < 0.01
    path.write_bytes(gzip.compress(b"".join(np.where(rare, b"1,", b"0,"))))
    assert len(read_all(path)["x.gz"]) == 2_000_000 > 30 * path.stat().st_size


def test_file_that_stands_there_twice(tmp_path):
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("a", "./a"):
            archive.addfile(tarfile.TarInfo(name))
    with pytest.raises(ClearError, match="a is in the archive twice"):
        read_all(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_incomplete_archive(archive, share):
    content = archive.read_bytes()
    archive = archive.rename(archive.with_suffix(".zip"))
    archive.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ClearError, match=r"some\.zip.*Get the file again"):
        read_all(archive)


def test_tar_that_ends_between_or_in_the_headers(tmp_path):
    path = make_tar(tmp_path / "x.tar", {"a": b"1", "b": b"2"})
    content = path.read_bytes()
    for size in (1024, 1024 + 100):  # after the first file: 512 of header, 512 of content
        path.write_bytes(content[:size])
        with pytest.raises(ClearError, match="x.tar is incomplete"):
            read_all(path)


def test_altered_byte_in_zip(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a": b"some content"})
    content = bytearray(path.read_bytes())
    content[35] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ClearError, match=r"x.zip: a cannot be read"):
        read_all(path)


@pytest.mark.parametrize(
    "content", [gzip.compress(b"x" * 1000)[:-9], b"no gzip at all"], ids=["cut off", "other bytes"]
)
def test_broken_gzip_inside_and_alone(tmp_path, content):
    plain = tmp_path / "x.gz"
    plain.write_bytes(content)
    with pytest.raises(ClearError, match=r"x.gz cannot be read"):
        read_all(plain)
    with pytest.raises(ClearError, match=r"y.tar: x.gz cannot be read"):
        read_all(make_tar(tmp_path / "y.tar", {"x.gz": content}))


def test_missing_and_empty(tmp_path):
    with pytest.raises(ClearError, match="gone.tar cannot be read"):
        read_all(tmp_path / "gone.tar")
    with pytest.raises(ClearError, match=r"There is no file in .*x\.tar"):
        read_all(make_tar(tmp_path / "x.tar", {}))


def test_what_macos_adds_is_left_out(tmp_path):
    path = make_zip(tmp_path / "x.zip", {"a": b"1", "__MACOSX/a": b"2", "sub/._a": b"3"})
    assert read_all(path) == {"a": b"1"}


def test_describe():
    name = "raw/GSM1_16cell_2-11_expression.txt.gz"
    assert describe(name) == ("GSM1_16cell_2-11_expression", {})
    pattern = r"(?P<gsm>GSM\d+)_(?P<cell>(?P<stage>[^_]+)_(?P<embryo>\d+)-\d+)_(?P<none>x)?"
    assert describe(name, pattern) == (
        "16cell_2-11",
        {"gsm": "GSM1", "stage": "16cell", "embryo": "2", "none": None},
    )
    assert describe("donor7/matrix.mtx", r"(?P<sample>\w+)/") == ("donor7", {"sample": "donor7"})
