"""Matrix Market that is damaged, or of another kind, is refused with its line."""

import pytest

from clear.benchmark.data.readers.mtx_parts import read_mtx_parts
from clear.errors import ClearError
from tests.data.readers.mtx_parts.entries import KIND, lines, names, random_entries, whole


def test_more_entries_than_genes(write, small_blocks):
    body = "1 2 4\n" * 50
    files = write([f"{KIND}\n2 3 50\n{body}"], ["c", "d"], names("g", 3))
    with pytest.raises(ClearError, match=r"line 46: cell 1 has more entries than there are genes"):
        whole(read_mtx_parts(files))


@pytest.mark.parametrize(
    ("banner", "reason"),
    [
        ("%%MatrixMarket matrix coordinate real symmetric", "coordinate real symmetric"),
        ("%%MatrixMarket matrix coordinate pattern general", "coordinate pattern general"),
        ("%%MatrixMarket matrix coordinate complex general", "coordinate complex general"),
        ("%%MatrixMarket matrix array real general", "array real general"),
        ("gene,cell", "not a Matrix Market file"),
    ],
)
def test_kinds_that_are_refused(write, banner, reason):
    files = write([f"{banner}\n2 2 1\n1 1 1\n"], ["a", "b"], ["g", "h"])
    with pytest.raises(ClearError, match=rf"matrix0\.txt .*{reason}"):
        read_mtx_parts(files)


def test_headers_that_are_refused(write):
    for text, reason in {
        f"{KIND}\n% nothing\n": "ends within its header",
        f"{KIND}\n2 2\n": "line 2: numbers of rows, columns and entries are needed, found '2 2'",
        f"{KIND}\n2 2 -1\n": "numbers of rows",
    }.items():
        with pytest.raises(ClearError, match=reason):
            read_mtx_parts(write([text], ["a", "b"], ["g", "h"]))


def test_lists_that_do_not_fit(write):
    text = f"{KIND}\n3 2 1\n1 1 1\n"
    with pytest.raises(ClearError, match=r"3 rows, 2 columns; but 3 genes and 3 cells.*a title"):
        read_mtx_parts(write([text], names("c", 3), ["title", "g", "h"]))


def test_files_and_options_that_are_refused(write):
    files = write([f"{KIND}\n1 1 1\n1 1 1\n"], ["c"], ["g"])
    with pytest.raises(ClearError, match="role 'barcodes'"):
        read_mtx_parts({role: paths for role, paths in files.items() if role != "barcodes"})
    with pytest.raises(ClearError, match="one list of genes"):
        read_mtx_parts(files | {"features": files["features"] * 2})
    with pytest.raises(ClearError, match="`parts` is 'all'"):
        read_mtx_parts(files, parts="all")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("3 1 1", r"outside the matrix of 2 rows and 3 columns"),
        ("0 1 1", "outside the matrix"),
        ("2 4 1", "outside the matrix"),
        ("2 0 1", "outside the matrix"),
        ("1 1 1", "'1 1 1' comes after cell 2"),
        ("2 1 x", "'2 1 x' is not an entry of the form 'row column value'"),
        ("2 1", "not an entry"),
        ("2 1 1 1", "not an entry"),
        ("2 -1 1", "not an entry"),
        ("2 1.0 1", "not an entry"),
        ("2 1 1_0", "not an entry"),
        ("2 1 1e", "not an entry"),
        ("2 1 1.2.3", "not an entry"),
        ("% 1", "not an entry"),
    ],
)
def test_entries_that_are_refused(write, line, reason):
    text = f"{KIND}\n%\n2 3 4\n1 1 1\n2 2 1\n{line}\n2 3 1\n"
    stream = read_mtx_parts(write([text], ["c", "d"], names("g", 3)))
    with pytest.raises(ClearError, match=rf"matrix0\.txt, line 6: .*{reason}"):
        whole(stream)


@pytest.mark.parametrize("said", [2, 4])
def test_number_of_entries(write, said):
    text = f"{KIND}\n2 3 {said}\n1 1 1\n2 2 1\n2 3 1\n"
    stream = read_mtx_parts(write([text], ["c", "d"], names("g", 3)))
    with pytest.raises(ClearError, match=f"matrix0.txt has 3 entries.*header says {said}"):
        whole(stream)


def wrong_checksum(content):
    return content[:-6] + bytes([content[-6] ^ 1]) + content[-5:]


@pytest.mark.parametrize(
    "harm", [lambda c: c[: len(c) // 2], lambda c: c[: len(c) * 999 // 1000], wrong_checksum]
)
def test_damaged_gzip_file(write, harm):
    _, entries = random_entries(600)
    text = f"{KIND}\n%\n600 30 {len(entries)}\n{lines(entries)}"
    files = write([text], names("c", 600), names("g", 30), zipped=True)
    files["matrix"][0].write_bytes(harm(files["matrix"][0].read_bytes()))
    stream = read_mtx_parts(files)
    with pytest.raises(ClearError, match=r"matrix0\.gz is damaged.*get it again"):
        whole(stream)


def test_bytes_without_lines(write, small_blocks):
    text = f"{KIND}\n1 1 1\n" + "7" * 5000
    with pytest.raises(ClearError, match=r"line 3: '7{60}' is not an entry"):
        whole(read_mtx_parts(write([text], ["c"], ["g"])))
