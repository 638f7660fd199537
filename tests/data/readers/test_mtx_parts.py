"""Matrix Market larger than memory: against scipy's reader, and every kind of damage."""

import gzip

import numpy as np
import pytest
from scipy import sparse
from scipy.io import mmread

from clear.benchmark.data.readers import mtx_blocks
from clear.benchmark.data.readers.mtx_parts import read_mtx_parts
from clear.errors import ClearError

KIND = "%%MatrixMarket matrix coordinate real general"


@pytest.fixture
def write(tmp_path):
    """Write matrices and lists as files; return them by role, as a reader gets them."""

    def write(texts, cells, genes, zipped=False):
        lists = cells if isinstance(cells[0], list) else [cells]
        content = {
            "matrix": texts,
            "features": ["".join(f"{name}\n" for name in genes)],
            "barcodes": ["".join(f"{name}\n" for name in names) for names in lists],
        }
        files = {}
        for role, parts in content.items():
            for number, text in enumerate(parts):
                path = tmp_path / f"{role}{number}.{'gz' if zipped else 'txt'}"
                data = text.encode()
                path.write_bytes(gzip.compress(data) if zipped else data)
                files.setdefault(role, []).append(path)
        return files

    return write


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of about 40 entries, and text in pieces of 100 bytes."""
    monkeypatch.setattr(mtx_blocks, "BLOCK", 40)
    monkeypatch.setattr(mtx_blocks, "CHUNK", 100)


def lines(entries, kind="{} {} {:.7e}\n", swap=False):
    return "".join(
        kind.format(*((g + 1, c + 1) if swap else (c + 1, g + 1)), v) for c, g, v in entries
    )


def random_entries(cells=60, genes=30, seed=0):
    """Counts sorted by cell, not by gene; the first, some others and the last cells are empty."""
    random = np.random.default_rng(seed)
    counts = random.poisson(0.3, (cells, genes)) * (random.random((cells, 1)) < 0.8)
    counts[0] = counts[-3:] = 0
    entries = []
    for cell in range(cells):
        found = np.flatnonzero(counts[cell])
        entries += [(cell, int(g), int(counts[cell, g])) for g in random.permutation(found)]
    return counts, entries


def names(kind, number):
    return [f"{kind}{i}" for i in range(number)]


def whole(stream, after=None):
    return sparse.vstack([block.matrix for block in stream.blocks(after)]).toarray()


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_one_file_in_blocks(write, small_blocks, swap, zipped):
    counts, entries = random_entries()
    shape = "30 60" if swap else "60 30"
    text = f"{KIND}\n%\n{shape} {len(entries)}\n{lines(entries, swap=swap)}"
    files = write([text], names("c", 60), names("g", 30), zipped)
    stream = read_mtx_parts(files)
    assert list(stream.obs.index) == names("c", 60) and list(stream.var.index) == names("g", 30)
    blocks = list(stream.blocks(None))
    assert len(blocks) > 5 and max(block.matrix.nnz for block in blocks) < 40 + 30
    assert (whole(stream) == counts).all()
    # From the end of any block on: the same blocks.
    for number, block in enumerate(blocks):
        rest = list(stream.blocks(block.after))
        assert [other.after for other in rest] == [other.after for other in blocks[number + 1 :]]
        for one, two in zip(rest, blocks[number + 1 :], strict=True):
            assert (one.matrix != two.matrix).nnz == 0


@pytest.mark.parametrize("lists", ["one", "each"])
def test_parts_with_cells_of_their_own(write, small_blocks, lists):
    counts, entries = random_entries()
    texts, start = [], 0
    for size in (25, 1, 34):
        part = [(c - start, g, v) for c, g, v in entries if start <= c < start + size]
        texts.append(f"{KIND}\n30 {size} {len(part)}\n{lines(part, swap=True)}")
        start += size
    cells = names("c", 60)
    own = [cells[:25], cells[25:26], cells[26:]]
    files = write(texts, cells if lists == "one" else own, names("g", 30), zipped=True)
    stream = read_mtx_parts(files)
    assert list(stream.obs.index) == cells
    assert (whole(stream) == counts).all()
    for block in list(stream.blocks(None))[:-1]:
        assert (whole(stream, block.after) == counts[block.after["cell"] :]).all()


def test_parts_of_the_whole_cut_within_a_cell(write, small_blocks):
    counts, entries = random_entries()
    cut = next(i for i in range(100, 200) if entries[i - 1][0] == entries[i][0])
    texts = [
        f"{KIND}\n%\n60 30 {len(part)}\n{lines(part)}" for part in (entries[:cut], entries[cut:])
    ]
    files = write(texts, names("c", 60), names("g", 30))
    stream = read_mtx_parts(files, parts="whole")
    assert (whole(stream) == counts).all()
    for block in list(stream.blocks(None))[:-1]:
        assert (whole(stream, block.after) == counts[block.after["cell"] :]).all()
    with pytest.raises(ClearError, match=r"do not fit.*matrix1\.txt: 60 rows, 30 columns.*whole"):
        read_mtx_parts(files)


def test_values_are_those_of_scipy(write, tmp_path):
    """Fractions, exponents, more digits than a float64 holds, tabs, blanks, Windows' line ends."""
    random = np.random.default_rng(1)
    texts = ["62", "62.", ".5", "6.2000000e+01", "6.2000000000000000e+01", "0.1", "1E3", "1e-3"]
    texts += ["123456789012345678901234567890", "1e-30", "1e25", "0", "0.0", "00012.50", "1e+02"]
    texts += ["9007199254740993", "0.30000000000000004", "2.2250738585072014e-308", "3.4028236e38"]
    texts += [repr(float(x)) for x in random.lognormal(0, 8, 300)]
    texts += [f"{x:.16e}" for x in random.lognormal(0, 8, 100)]
    body = "".join(f"1 {number + 1} {text}\n" for number, text in enumerate(texts))
    text = f"{KIND}\n2 {len(texts)} {len(texts)}\n{body}"
    odd = text.replace("\n1 2 62.\n", "\r\n  1 \t2  62.  \r\n\n").replace("1 5 ", "1\t5\t")
    files = write([odd.removesuffix("\n")], ["a", "b"], names("g", len(texts)))
    plain = tmp_path / "plain.mtx"
    plain.write_text(text)
    with np.errstate(over="ignore"):
        expected = mmread(plain).toarray().astype(np.float32)
    found = whole(read_mtx_parts(files))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


def test_entry_given_twice_is_added(write):
    files = write([f"{KIND}\n1 2 3\n1 2 4\n1 1 1\n1 2 5\n"], ["c"], ["g", "h"])
    assert whole(read_mtx_parts(files)).tolist() == [[1, 9]]


def test_more_entries_than_genes(write, small_blocks):
    body = "1 2 4\n" * 50
    files = write([f"{KIND}\n2 3 50\n{body}"], ["c", "d"], names("g", 3))
    with pytest.raises(ClearError, match=r"line 46: cell 1 has more entries than there are genes"):
        whole(read_mtx_parts(files))


def test_features_with_ids(write):
    genes = ["ENSG1\tA\tGene Expression", 'ENSG2\tB"\tGene Expression']
    text = "%%MatrixMarket matrix coordinate integer general\n% of Cell Ranger\n2 1 1\n2 1 4\n"
    stream = read_mtx_parts(write([text], ["c"], genes))
    assert whole(stream).tolist() == [[0, 4]]
    var = stream.var
    assert list(var.index) == ["A", 'B"'] == list(var["gene_symbol"])
    assert list(var["gene_id"]) == ["ENSG1", "ENSG2"]


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
