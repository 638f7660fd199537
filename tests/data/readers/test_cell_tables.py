"""One table per cell: GEO's Deng archive against the same cells put together elsewhere."""

import gzip
import tarfile

import anndata
import numpy as np
import pytest
from anndata.utils import make_index_unique

from clear.benchmark.data.readers.cell_tables import read_cell_tables
from clear.errors import ClearError

# Leaves out pooled and split controls, adult liver, fibroblasts and the C57 two-cell embryos.
DENG = (
    r"^(?P<gsm>GSM\d+)_(?P<cell>"
    r"(?P<embryo>(?P<cell_type_fine>(early|mid|late)?(?P<cell_type>\d+cell|blast|zy))(_\w+(?=-))?)"
    r"-?\d+(_(?P<protocol>smartseq2))?)_expression"
)


@pytest.fixture
def write(tar):
    """Write an archive of gzipped tables, as GEO has them."""
    return lambda tables: tar({name: gzip.compress(text.encode()) for name, text in tables.items()})


def table(*rows):
    return "#gene\treads\tRPKM\n" + "".join("\t".join(map(str, row)) + "\n" for row in rows)


ONE = table(("a", 1, 0.5), ("b", 0, 0), ("c", 30, 2.25))


@pytest.fixture(scope="module")
def deng(shared_data):
    files = {"matrix": [shared_data / "native" / "GSE45719_RAW_subset.tar"]}
    whole = anndata.read_h5ad(shared_data / "deng.h5ad")
    return read_cell_tables(files, "#Gene_symbol", "reads", DENG), whole


def test_deng_has_the_same_cells_and_counts(deng, shared_data):
    read, whole = deng
    with tarfile.open(shared_data / "native" / "GSE45719_RAW_subset.tar") as archive:
        inside = {name.split("_")[0] for name in archive.getnames()}
    expected = whole[whole.obs["gsm"].isin(inside)]
    assert read.n_obs == len(expected) == 34
    assert list(read.obs_names) == list(expected.obs_names)
    assert read.X.format == "csr"
    assert (read.X != expected.X).nnz == 0


def test_deng_keeps_genes_that_occur_twice(deng):
    read, whole = deng
    assert read.var_names.duplicated().sum() == 527
    assert list(read.var_names) == list(whole.var["gene_name"])
    assert list(make_index_unique(read.var_names)) == list(whole.var_names)


def test_deng_columns_stand_in_the_names_of_the_files(deng):
    read, whole = deng
    expected = whole.obs.loc[read.obs_names].astype(str)
    for column in ("gsm", "cell_type", "cell_type_fine", "embryo"):
        assert read.obs[column].tolist() == expected[column].tolist()
    assert read.obs["protocol"].fillna("smartseq").tolist() == expected["protocol"].tolist()


def test_other_column_and_names_without_a_pattern(write):
    files = write({"GSM1_x.txt.gz": ONE, "GSM2_y.txt.gz": ONE})
    read = read_cell_tables(files, "#gene", "RPKM")
    assert list(read.obs_names) == ["GSM1_x", "GSM2_y"]
    assert read.X.toarray().tolist() == [[0.5, 0, 2.25]] * 2
    assert read.obs.columns.empty


def test_genes_in_another_order(write):
    other = table(("c", 7, 0), ("a", 5, 0), ("b", 6, 0))
    files = write({"1.txt.gz": ONE, "2.txt.gz": other})
    read = read_cell_tables(files, "#gene", "reads")
    assert list(read.var_names) == ["a", "b", "c"]
    assert read.X.toarray().tolist() == [[1, 0, 30], [5, 6, 7]]


def test_another_order_of_genes_that_occur_twice(write):
    one = table(("a", 1, 0), ("a", 2, 0), ("b", 3, 0))
    two = table(("a", 1, 0), ("b", 2, 0), ("a", 3, 0))
    files = write({"1.txt.gz": one, "2.txt.gz": two})
    with pytest.raises(ClearError, match=r"2.txt.gz has its genes in another order than .*'a'"):
        read_cell_tables(files, "#gene", "reads")


@pytest.mark.parametrize(
    "rows, message",
    [
        ([("a", 1, 0), ("b", 2, 0)], "2 rows, there 3; 1 genes are in one of them only.*'c'"),
        (
            [("a", 1, 0), ("b", 2, 0), ("d", 2, 0)],
            "3 rows, there 3; 2 genes are in one of them only",
        ),
    ],
)
def test_other_genes(write, rows, message):
    files = write({"1.txt.gz": ONE, "2.txt.gz": table(*rows)})
    with pytest.raises(ClearError, match=f"2.txt.gz has other genes than .*1.txt.gz: {message}"):
        read_cell_tables(files, "#gene", "reads")


def test_row_names_that_r_wrote(write):
    files = write({"1.txt.gz": '"reads"\n"a"\t3\n"b"\t4\n'})
    read = read_cell_tables(files, "", "reads")
    assert list(read.var_names) == ["a", "b"] and read.X.toarray().tolist() == [[3, 4]]


@pytest.mark.parametrize(
    "text, message",
    [
        (table(("a", "x", 0)), r"1.txt.gz: in row 'a', column 'reads', is 'x', not a number"),
        (table(("a", "", 0)), r"1.txt.gz: in row 'a', column 'reads', is '', not a number"),
        ("gene\treads\na\t1\n", r"1.txt.gz has no column '#gene' \(`gene` .* 'gene', 'reads'"),
        ("#gene\tRPKM\na\t1\n", r"1.txt.gz has no column 'reads' \(`value`"),
        (table(("a", 1, 0)) + "b\t1\n", r"1.txt.gz: the header has 3 fields, but line 3 has 2"),
        ("", r"1.txt.gz is empty"),
    ],
)
def test_tables_that_are_refused(write, text, message):
    with pytest.raises(ClearError, match=message):
        read_cell_tables(write({"1.txt.gz": text}), "#gene", "reads")


def test_torn_archive(tmp_path, shared_data):
    content = (shared_data / "native" / "GSE45719_RAW_subset.tar").read_bytes()
    torn = tmp_path / "torn.tar"
    torn.write_bytes(content[:1_000_000])
    with pytest.raises(ClearError, match=r"torn.tar: GSM.* cannot be read"):
        read_cell_tables({"matrix": [torn]}, "#Gene_symbol", "reads")


def test_values_are_float32_and_finite(write):
    files = write({"1.txt.gz": table(("a", "1e3", 0), ("b", "0.0", 0))})
    read = read_cell_tables(files, "#gene", "reads")
    assert read.X.dtype == np.float32 and read.X.data.tolist() == [1000]
