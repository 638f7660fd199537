"""Matrix Market larger than memory: in blocks, in parts, and value by value as scipy reads it."""

import numpy as np
import pytest
from scipy.io import mmread

from clear.benchmark.data.readers.mtx_parts import read_mtx_parts
from clear.errors import ClearError
from tests.data.readers.mtx_parts.entries import KIND, lines, names, random_entries, whole


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


def test_features_with_ids(write):
    genes = ["ENSG1\tA\tGene Expression", 'ENSG2\tB"\tGene Expression']
    text = "%%MatrixMarket matrix coordinate integer general\n% of Cell Ranger\n2 1 1\n2 1 4\n"
    stream = read_mtx_parts(write([text], ["c"], genes))
    assert whole(stream).tolist() == [[0, 4]]
    var = stream.var
    assert list(var.index) == ["A", 'B"'] == list(var["gene_symbol"])
    assert list(var["gene_id"]) == ["ENSG1", "ENSG2"]
