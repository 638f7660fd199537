"""CSV and TSV tables: two published ones against the same cells elsewhere, and every oddity."""

import gzip
import lzma
import warnings
import zipfile

import anndata
import numpy as np
import pytest

from clear.benchmark.data.readers.table import read_table
from clear.errors import ClearError

GENES_X_CELLS = ",c1,c2\nA,1,0\nB,0,2.5\nC,3,4\n"
EXPECTED = [[1, 0, 3], [0, 2.5, 4]]


@pytest.fixture
def read(tmp_path):
    """Write one text or several, by name, and read them."""

    def read(texts, **options):
        texts = {"x.csv": texts} if isinstance(texts, str | bytes) else texts
        paths = []
        for name, text in texts.items():
            paths.append(tmp_path / name)
            paths[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", "Variable names are not unique")
            return read_table({"matrix": paths}, **options)

    return read


@pytest.fixture
def refused(read):
    def refused(message, texts, **options):
        with pytest.raises(ClearError, match=message):
            read(texts, **options)

    return refused


def test_published_genes_x_cells(shared_data):
    path = shared_data / "native" / "sc_celseq2_5cl_p1.count.csv.gz"
    table = read_table({"matrix": [path]}, "rows")  # R's write.table: no title for the genes
    whole = anndata.read_h5ad(shared_data / "cellmix5.h5ad")
    whole = whole[whole.obs["batch"] == "sc_celseq2_5cl_p1"]
    cells = whole.obs_names.str.removeprefix("sc_celseq2_5cl_p1_")
    assert table.n_obs == 297 and set(cells) <= set(table.obs_names)
    genes = table.var_names[table.var_names.isin(whole.var_names)]
    assert len(genes) == table.n_vars == 15564
    assert (table[cells, genes].X != whole[:, genes].X).nnz == 0
    elsewhere = whole[:, ~whole.var_names.isin(genes)]
    assert elsewhere.n_vars and elsewhere.X.nnz == 0  # genes that only the other plates have


def test_published_cells_x_genes_in_a_zip(shared_data):
    files = {"matrix": [shared_data / "native" / "baron_mouse1.zip"]}
    table = read_table(
        files, "columns", columns=["barcode", "assigned_cluster"], pattern=r"(?P<batch>mouse\d)"
    )
    whole = anndata.read_h5ad(shared_data / "baron_mouse.h5ad")
    whole = whole[whole.obs["batch"] == "mouse1"]
    assert list(table.obs_names) == list(whole.obs_names)
    assert list(table.var_names) == list(whole.var_names)
    assert (table.X != whole.X).nnz == 0
    for column, name in (("barcode", "barcode"), ("assigned_cluster", "cell_type")):
        assert table.obs[column].tolist() == whole.obs[name].astype(str).tolist()
    assert set(table.obs["batch"]) == {"mouse1"}


@pytest.mark.parametrize(
    "text, options",
    [
        (GENES_X_CELLS, {}),
        (GENES_X_CELLS.replace("\n", "\r\n"), {}),
        ("\ufeff" + GENES_X_CELLS + "\n\n", {}),
        ('"c1","c2"\n"A",1,0\n"B",0,2.5\n"C",3,4\n', {}),  # R's write.table
        (GENES_X_CELLS.replace(",", ";"), {"separator": ";"}),
        (
            GENES_X_CELLS.replace(",", ";").replace(".", ","),
            {"separator": ";", "decimal": ","},
        ),
        (GENES_X_CELLS.replace("2.5", '"2,5"'), {"decimal": ","}),
        (GENES_X_CELLS.replace("2.5", '"2.5"').replace("A,1,0", "A, 1,0.0"), {}),
    ],
)
def test_ways_to_write_the_same_table(read, text, options):
    table = read(text, genes_in="rows", **options)
    assert table.X.toarray().tolist() == EXPECTED
    assert table.X.format == "csr" and table.X.dtype == np.float32 and table.X.nnz == 4
    assert list(table.obs_names) == ["c1", "c2"] and list(table.var_names) == ["A", "B", "C"]


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.txt", "x.tsv.xz", "x.csv.zip"])
def test_separator_and_compression_by_name(read, tmp_path, name):
    text = GENES_X_CELLS if ".csv" in name else GENES_X_CELLS.replace(",", "\t")
    content = text.encode()
    if name.endswith("zip"):
        with zipfile.ZipFile(tmp_path / "made", "w") as archive:
            archive.writestr("inside/x.csv", text)
        content = (tmp_path / "made").read_bytes()
    elif name.endswith(("gz", "xz")):
        content = (gzip if name.endswith("gz") else lzma).compress(content)
    assert read({name: content}, genes_in="rows").X.toarray().tolist() == EXPECTED


def test_columns_of_text_and_named_keys(read):
    cells = "well,kind,id,A,B\n001,x,c1,1,0\n002,,c2,0,2\n"
    table = read(cells, genes_in="columns", cell="id", columns=["well", "kind"])
    assert table.X.toarray().tolist() == [[1, 0], [0, 2]]
    assert list(table.obs_names) == ["c1", "c2"]
    assert table.obs.to_dict("list") == {"well": ["001", "002"], "kind": ["x", ""]}
    genes = "chr,symbol,c1\n1,A,5\nX,NaN,6\n"
    table = read(genes, genes_in="rows", gene="symbol", columns=["chr"])
    assert list(table.var_names) == ["A", "NaN"]  # a name, not a missing one
    assert table.var["chr"].tolist() == ["1", "X"]
    assert table.X.toarray().tolist() == [[5, 6]]


def test_genes_that_occur_twice_keep_their_names(read):
    assert list(read(",A,A\nc1,1,2\n", genes_in="columns").var_names) == ["A", "A"]


ONE = ",c1,c2\nA,1,2\nB,3,4\n"
TWO = ",c2,c3\nC,5,6\nA,7,8\n"


def test_several_tables(read):
    table = read({"one.csv": ONE, "two.csv": TWO}, genes_in="rows")
    assert list(table.var_names) == ["A"]
    assert table.X.toarray().tolist() == [[1], [2], [7], [8]]
    # c2 is in both tables.
    assert list(table.obs_names) == ["one_c1", "one_c2", "two_c2", "two_c3"]
    assert table.obs["sample"].tolist() == ["one", "one", "two", "two"]


def test_names_of_cells_stay_where_they_do_not_clash(read):
    table = read(
        {"s1_a.csv": ONE, "s2_b.csv": TWO.replace("c2", "c4")},
        genes_in="rows",
        pattern=r"(?P<sample>s\d)_(?P<donor>\w)",
    )
    assert list(table.obs_names) == ["c1", "c2", "c4", "c3"]
    assert table.obs["sample"].tolist() == ["s1", "s1", "s2", "s2"]
    assert table.obs["donor"].tolist() == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    ("names", "two", "pattern", "message"),
    [
        (
            "one two",
            TWO.replace("A", "ENSG1"),
            None,
            "two.csv shares no gene .*one.*'C' and 'A'",
        ),
        ("one two", TWO.replace("C", "A"), None, "two.csv has the gene 'A' more than once"),
        ("a1 a2", TWO, r"(?P<sample>a)", "Several samples are named 'a'"),
    ],
)
def test_tables_that_cannot_be_joined(refused, names, two, pattern, message):
    texts = {f"{name}.csv": text for name, text in zip(names.split(), (ONE, two), strict=True)}
    refused(message, texts, genes_in="rows", pattern=pattern)


def test_same_genes_in_every_table_may_occur_twice(read):
    one, two = ",A,A\nc1,1,2\n", ",A,A\nc2,3,4\n"
    table = read({"one.csv": one, "two.csv": two}, genes_in="columns")
    assert table.X.toarray().tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("bad", ["NA", "x", "", "1;0"])
def test_field_that_is_no_number(refused, bad):
    refused(
        rf"x.csv: in row 'B', column 'c2', is '{bad}', not a number",
        GENES_X_CELLS.replace("2.5", bad),
        genes_in="rows",
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "x.csv is empty"),
        ("\n", "x.csv is empty"),
        (",c1,c2\n", "x.csv has a header, but no rows"),
        (",c1,c2\nA,1,2\nB,1\n", "the header has 3 fields, but line 3 has 2"),
        (",c1,c2\nA,1,2\nB,1,2,3\n", "the header has 3 fields, but line 3 has 4"),
        (",c1,c2\nA,1,2,3,4\n", "the header has 3 fields, but line 2 has 5"),
        ("c1\tc2\nA\t1\n", r"x.csv has a single column. Correct `separator` \(','"),
        (',c1\n"A,1\n', "x.csv cannot be read as a table: unexpected end of data"),
    ],
)
def test_texts_that_are_no_table(refused, text, message):
    refused(message, text, genes_in="rows")


def test_decimal_comma_that_the_card_does_not_name(refused):
    text = GENES_X_CELLS.replace(",", ";").replace(".", ",")
    refused("is '2,5', not a number. If the comma is", text, genes_in="rows", separator=";")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encodings(refused, encoding):
    text = GENES_X_CELLS.replace("c1", "Müller").encode(encoding)
    refused("x.csv is not UTF-8 text .* `iconv -f", {"x.csv": text}, genes_in="rows")


def test_torn_gzip(refused):
    random = np.random.default_rng(0).integers(0, 9, (500, 20))
    text = "\n".join([",".join(["g", *map(str, row)]) for row in [range(20), *random]])
    packed = gzip.compress(text.encode())
    refused("x.csv.gz cannot be read", {"x.csv.gz": packed[: len(packed) // 2]}, genes_in="rows")


@pytest.mark.parametrize(
    "options, message",
    [
        ({}, "must know where the genes are"),
        ({"genes_in": "row"}, "not 'row'"),
        ({"genes_in": "rows", "gene": "x"}, r"x.csv has no column 'x' \(`gene`.*: '', 'c1', 'c2'"),
        ({"genes_in": "rows", "columns": ["chr"]}, r"x.csv has no column 'chr' \(`columns`"),
        ({"genes_in": "columns", "gene": "x"}, "leave out `gene`"),
        ({"genes_in": "rows", "cell": "x"}, "leave out `cell`"),
        ({"genes_in": "rows", "separator": ", "}, "give one character"),
        ({"genes_in": "rows", "decimal": ";"}, "`decimal` is ';': say '.' or ','"),
        ({"genes_in": "rows", "columns": ["c1", "c2"]}, "no column is left for the matrix"),
    ],
)
def test_options(refused, options, message):
    refused(message, GENES_X_CELLS, **options)
