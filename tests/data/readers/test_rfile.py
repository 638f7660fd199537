"""R's file formats, compact vectors and matrix classes, each against R's own reading."""

import gzip
import struct

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.readers import r_matrix
from clear.benchmark.data.readers.r_matrix import expression
from clear.benchmark.data.readers.r_values import items, vector
from clear.benchmark.data.readers.rfile import open_r_file
from clear.errors import ClearError

KINDS = [
    f"v{version}_{how}.{kind}"
    for version in (2, 3)
    for how in ("none", "gzip", "bzip2", "xz", "ascii")
    for kind in ("rds", "rda")
]
MATRICES = (
    *("double", "integer", "logical", "missing", "undecided", "empty"),
    *("dgCMatrix", "dgTMatrix", "dgRMatrix", "dgeMatrix", "repeated"),
    *("lgCMatrix", "lgTMatrix", "ngCMatrix"),
)


def truth(folder, name) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.tsv", sep="\t", index_col=0, float_precision="round_trip")


def assert_same(found, expected: pd.DataFrame):
    values, genes, cells = found
    assert values.format == "csr"
    np.testing.assert_array_equal(values.toarray().astype(float), expected.to_numpy(float).T)
    assert genes == list(expected.index)
    assert cells == list(expected.columns)


@pytest.mark.parametrize("name", [*KINDS, "v3_native.rds"])
def test_every_compression_version_and_encoding(r_files, name):
    objects = open_r_file(r_files / name)
    is_rda = name.endswith("rda")
    assert list(objects) == (["other", "dense"] if is_rda else [name.removesuffix(".rds")])
    node = objects["dense"] if is_rda else next(iter(objects.values()))
    assert_same(expression(node, "it"), truth(r_files, "double"))


def test_file_that_was_gzipped_once_more(r_files, tmp_path):
    path = tmp_path / "again.rds.gz"
    path.write_bytes(gzip.compress((r_files / "v3_gzip.rds").read_bytes()))
    objects = open_r_file(path)
    assert list(objects) == ["again"]
    assert_same(expression(objects["again"], "it"), truth(r_files, "double"))


@pytest.mark.parametrize("name", MATRICES)
def test_every_matrix_class(r_files, name):
    (node,) = open_r_file(r_files / f"{name}.rds").values()
    assert_same(expression(node, "it"), truth(r_files, name))


def test_matrix_in_several_parts(r_files, monkeypatch):
    monkeypatch.setattr(r_matrix, "BLOCK", 11)  # 5 genes: two cells at a time
    (node,) = open_r_file(r_files / "double.rds").values()
    assert_same(expression(node, "it"), truth(r_files, "double"))
    (node,) = open_r_file(r_files / "large.rds").values()
    monkeypatch.setattr(r_matrix, "BLOCK", 300_000)
    values, genes, cells = expression(node, "it")
    # The numbers that the script made, in the order in which R fills a matrix.
    numbers = (np.arange(1, 1_100_001, dtype=np.int64) * 7919) % 1000
    assert (values.toarray().ravel() == numbers).all()
    assert (genes[-1], cells[-1]) == ("1100", "1000")


def test_symmetric_matrix_is_refused(r_files):
    (node,) = open_r_file(r_files / "symmetric.rds").values()
    with pytest.raises(ClearError, match=r"The assay is not a matrix.*\(dsCMatrix\)"):
        expression(node, "assay")


def test_compact_and_other_vectors(r_files):
    (node,) = open_r_file(r_files / "vectors.rds").values()
    found = {name: vector(value) for name, value in items(node)}
    assert len(found) == 15
    for name, values in found.items():
        text = (r_files / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]
        if isinstance(values, list):
            assert values == [None if t == "<missing>" else t for t in text], name
        else:
            names = {"<missing>": np.nan, "TRUE": 1, "FALSE": 0}
            expected = [float(names.get(t, t)) for t in text]
            np.testing.assert_array_equal(np.asarray(values, float), expected, err_msg=name)


def test_vectors_that_are_saved_as_recipes(r_files):
    # Else the test above says nothing of them.
    content = gzip.decompress((r_files / "vectors.rds").read_bytes())
    for recipe in (b"compact_intseq", b"deferred_string", b"wrap_real", b"wrap_string"):
        assert recipe in content


def test_vector_whose_length_has_two_parts(tmp_path):
    # R writes it so above 2^31 - 1 elements; the format allows it for any number.
    doubles, of_version_2 = 14, (2, 0x040202, 0x020300)
    content = b"X\n" + struct.pack(">7i", *of_version_2, doubles, -1, 0, 3)
    path = tmp_path / "long.rds"
    path.write_bytes(content + struct.pack(">3d", 1.5, -2, 1e300))
    (node,) = open_r_file(path).values()
    assert vector(node).tolist() == [1.5, -2, 1e300]


@pytest.mark.parametrize("name", ["v3_none.rds", "v3_gzip.rds", "v2_xz.rda"])
def test_incomplete_file_at_every_byte(r_files, tmp_path, name):
    content = (r_files / name).read_bytes()
    broken = tmp_path / name
    for length in range(len(content)):
        broken.write_bytes(content[:length])
        with pytest.raises(ClearError, match=f"{name} cannot be read as an R file"):
            open_r_file(broken)


def test_bytes_after_the_end(r_files, tmp_path):
    path = tmp_path / "longer.rds"
    path.write_bytes((r_files / "v3_none.rds").read_bytes() + b"\0")
    with pytest.raises(ClearError, match=r"longer\.rds cannot be read.*more bytes follow"):
        open_r_file(path)


def test_code_in_a_file_is_not_run(r_files):
    """A function and an active binding are data to the parser."""
    (node,) = open_r_file(r_files / "code.rds").values()
    assert vector(dict(items(node))["value"]).tolist() == [1, 2]
    assert not (r_files / "was_run").exists()
