"""10x Genomics files that are missing or damaged."""

import gzip

import pytest

from clear.benchmark.data.readers.tenx_mtx import read_tenx_mtx
from clear.errors import ClearError
from tests.data.readers.tenx.samples import IDS, SYMBOLS, lines, mtx, sample

DENSE = "%%MatrixMarket matrix array integer general\n"


def test_missing_files(tar, tmp_path):
    parts = sample("GSM1_")
    del parts["GSM1_barcodes.tsv.gz"]
    with pytest.raises(ClearError, match="no file of barcodes that belongs to GSM1_features"):
        read_tenx_mtx(tar(parts))
    with pytest.raises(ClearError, match="no files named like matrix.mtx"):
        read_tenx_mtx(tar({"a.csv": b"1"}))
    (tmp_path / "matrix.mtx").write_bytes(mtx().encode())
    with pytest.raises(ClearError, match="no file of features that belongs to matrix.mtx"):
        read_tenx_mtx({"matrix": [tmp_path / "matrix.mtx"]})
    with pytest.raises(ClearError, match="of one sample"):
        read_tenx_mtx(tar(sample() | {"matrix.mtx": b""}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (mtx(header=(3, 4, 6)), "Truncated file. Expected another 1 lines"),
        (mtx(header=(3, 4, 4)), "Too many lines"),
        (
            mtx(header=(3, 4, 10**12)),
            "its header says 1,000,000,000,000 entries, but .* 29 at",
        ),
        (mtx(header=(10**12, 4, 5)), "1000000000000 features x 4 cells, but there are 3"),
        (mtx(header=(3, 10**12, 5)), "3 features x 1000000000000 cells, but there are 3"),
        (mtx(header=(3, 10**30, 5)), "Integer out of range"),
        (DENSE + "1000000 100000000\n1\n", "says 100,000,000,000,000 entries"),
        (mtx(header=(2, 4, 5)), "Row index out of bounds"),
        (mtx().replace("3 4 7", "0 4 7"), "Row index out of bounds"),
        (mtx()[:-2], "Invalid integer value"),
        (mtx().replace("%%Matrix", "Matrix"), "Not a Matrix Market file"),
        ("", "Not a Matrix Market file"),
        (mtx(header=(4, 4, 5)), "4 features x 4 cells, but there are 3 features and 4 barcodes"),
        (mtx(header=(3, 5, 5)), "3 features x 5 cells, but there are 3 features and 4 barcodes"),
    ],
)
def test_damaged_matrices(files, text, message):
    broken = files(sample(version=2), matrix_mtx=text.encode())
    with pytest.raises(ClearError, match=rf"matrix\.mtx.*{message}"):
        read_tenx_mtx(broken)


def test_an_absurd_header_in_an_archive(tar):
    text = mtx(header=(3, 4, 10**12)).encode()
    for parts in ({"matrix.mtx.gz": gzip.compress(text)}, {"matrix.mtx": text}):
        rest = {k: v for k, v in sample().items() if not k.startswith("matrix")}
        with pytest.raises(ClearError, match="its header says 1,000,000,000,000 entries"):
            read_tenx_mtx(tar(rest | parts))


def test_damaged_lists(files):
    content = gzip.compress(lines(IDS, SYMBOLS).encode())
    with pytest.raises(ClearError, match=r"features\.tsv\.gz"):
        read_tenx_mtx(files(features_tsv_gz=content[:-12]))
    with pytest.raises(ClearError, match=r"barcodes\.tsv\.gz is damaged, incomplete or no file"):
        read_tenx_mtx(files(barcodes_tsv_gz=gzip.compress(b"")))
    with pytest.raises(ClearError, match=r"features\.tsv\.gz is damaged, incomplete or no file"):
        read_tenx_mtx(files(features_tsv_gz=gzip.compress(b"a\tb\na\tb\tc\td\n")))
