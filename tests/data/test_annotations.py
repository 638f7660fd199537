"""Tables joined to the cells: names written differently, tables that each know a part."""

import gzip
import os

import pandas as pd
import pytest

from clear.benchmark.data.annotate import annotate
from clear.errors import ClearError


@pytest.fixture
def join(tmp_path):
    """Join tables, given as text by file name, to cells."""

    def join(cells, tables, **spec):
        for name, text in tables.items():
            (tmp_path / name).write_text(text)
        card = {"id": "toy", "annotations": [{"file": name, **spec} for name in tables]}
        return annotate(pd.DataFrame(index=cells), card, tmp_path)[0]

    return join


def test_names_are_replaced_before_they_are_looked_up(join):
    """As the pancreas labels of Muraro et al.: GEO has D28-1_1, the table of R D28.1_1."""
    table = {"types.csv": '"x"\n"D28.1_1"\t"alpha"\n"D28.1_2"\t"duct"\n'}
    obs = join(["D28-1_2", "D28-1_1"], table, replace={"-": "."}, separator="\t")
    assert obs["x"].tolist() == ["duct", "alpha"]


def test_each_of_several_tables_fills_the_cells_that_it_knows(join):
    tables = {"b1.txt": "CellId\tCellType\na\tx\nb\ty\n", "b2.txt": "CellId\tCellType\nc\tz\n"}
    obs = join(["c", "b", "a", "d"], tables, required=False)
    assert obs["CellType"].tolist()[:3] == ["z", "y", "x"]
    assert pd.isna(obs.loc["d", "CellType"])


TYPES = "cell,type\na,x\nb,y\n"
TABS = {"separator": "\t"}
OF_GEO = ["cannot be read as a table", "a CSV or TSV table", "export GEO's metadata"]


def test_a_table_in_another_order_with_its_key_in_the_middle(join):
    table = {"t.csv": "age,cell,type,note\n9,b,y,n1\n7,stranger,z,n2\n8,a,x,n3\n"}
    obs = join(["a", "b"], table, key="cell", columns={"kind": "type", "years": "age"})
    assert obs.to_dict("list") == {"kind": ["x", "y"], "years": ["8", "9"]}


@pytest.mark.parametrize("match", [r"^\w+-([ab])", r"^\w+-(?P<key>[ab])", r"(?i)^S1-([AB])"])
def test_the_first_group_of_match_is_looked_up(join, match):
    assert join(["s1-b", "s1-a"], {"t.csv": TYPES}, match=match)["type"].tolist() == ["y", "x"]


def test_replacements_follow_each_other_and_the_match(join):
    obs = join(
        ["Q.1_x"], {"t.csv": "cell,type\nQ:1,x\n"}, match="(.+)_", replace={r"\.": "-", "-": ":"}
    )
    assert obs["type"].tolist() == ["x"]


def test_row_names_of_r_have_no_title(join):
    for text in ('"type"\n"01","x"\n"NA","y"\n', '"","type"\n"01","x"\n"NA","y"\n'):
        assert join(["NA", "01"], {"t.csv": text})["type"].tolist() == ["y", "x"]


def test_a_column_that_is_there_stays_where_the_table_knows_nothing(tmp_path):
    (tmp_path / "t.csv").write_text("cell,sample\na,new\n")
    obs = pd.DataFrame({"sample": pd.Categorical(["old", "old"])}, index=["a", "b"])
    card = {"id": "toy", "annotations": [{"file": "t.csv", "required": False}]}
    found, remarks = annotate(obs, card, tmp_path)
    assert found["sample"].tolist() == ["new", "old"] and obs["sample"].tolist() == ["old"] * 2
    assert remarks == ["t.csv: 1 rows, of which 1 are of the 2 cells; 1 cells are not in it."]


@pytest.mark.parametrize(
    ("cells", "text", "spec", "words"),
    [
        (
            ["a", "c"],
            TYPES,
            {},
            ["1 of 2 cells are not in t.csv", "'c';", "'a'", "required: false"],
        ),
        (["a", "s-c"], TYPES, {"match": "([ac])$"}, ["first is 's-c' (looked up as 'c')"]),
        (["a", "c"], TYPES, {"match": "(a)"}, ["'c' (`match` finds nothing in it)"]),
        (["a", "b"], TYPES, {"match": "(a)|b"}, ["'b' (`match` finds nothing in it)"]),
        (["c"], TYPES, {"required": False}, ["1 of 1 cells", "or `replace` of the annotation."]),
        (["a"], TYPES, {"key": "Cell"}, ["t.csv has no column 'Cell'", "cell, type"]),
        (["a"], TYPES, {"columns": {"t": "kind"}}, ["no column 'kind'"]),
        (["a"], TYPES + "a,y\n", {}, ["1 rows whose 'cell' came before", "'a'"]),
        (["a"], "cell,type\n", {}, ["t.csv has no row with a 'cell'"]),
        (["a"], "cell,type\n,x\n", {}, ["t.csv has no row with a 'cell'"]),
        (["a"], "", {}, ["t.csv cannot be read as a table", "`separator`"]),
        (["a"], "one\n1,2\n1,2,3\n", {}, ["t.csv cannot be read as a table", "line 3"]),
        (["a"], "^SAMPLE = a\n!Sample_type = x\n", {}, ["is '^SAMPLE = a'", *OF_GEO]),
        (
            ["a"],
            '!Series_type\t"x"\n!Sample_title\t"a"\t"b"\n',
            TABS,
            ["is '!Series_type'", *OF_GEO],
        ),
    ],
)
def test_tables_that_do_not_fit(join, cells, text, spec, words):
    with pytest.raises(ClearError) as caught:
        join(cells, {"t.csv": text}, **spec)
    for word in words:
        assert word in str(caught.value)


def test_rows_without_a_key_are_of_no_cell(join):
    assert join(["a", "b"], {"t.csv": TYPES + ",\n,\n"})["type"].tolist() == ["x", "y"]


@pytest.mark.parametrize("damage", [lambda b: b[:-30], lambda b: b[:40] + b"\0" * 40 + b[80:]])
def test_a_damaged_table(tmp_path, damage):
    lines = "".join(f"cell{i},{os.urandom(4).hex()}\n" for i in range(99))
    (tmp_path / "t.csv.gz").write_bytes(damage(gzip.compress(f"cell,type\n{lines}".encode())))
    card = {"id": "toy", "annotations": [{"file": "t.csv.gz"}]}
    with pytest.raises(ClearError, match=r"t\.csv\.gz cannot be read as a table"):
        annotate(pd.DataFrame(index=["cell1"]), card, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_encodings_of_a_table(tmp_path, encoding):
    (tmp_path / "t.csv").write_bytes("cell,type\na,Müller glia\n".encode(encoding))
    card = {"id": "toy", "annotations": [{"file": "t.csv"}]}
    obs = pd.DataFrame(index=["a"])
    if encoding == "utf-8-sig":
        assert annotate(obs, card, tmp_path)[0]["type"].tolist() == ["Müller glia"]
    else:
        with pytest.raises(ClearError, match=r"t.csv is not UTF-8 text .* `iconv -f"):
            annotate(obs, card, tmp_path)


def derive(rules, **obs):
    cells = pd.DataFrame(obs, index=["p1-T_1", "p2-B_2", "p1-x"])
    return annotate(cells, {"id": "toy", "derive": rules}, None)


def test_columns_are_derived_from_names_and_from_each_other():
    rules = {
        "type": {"from": "name", "pattern": "-([TB])_"},
        "plate": {"from": "batch", "pattern": r"(\d)$"},
        "odd": {"from": "plate", "pattern": "([13579])"},
    }
    obs, remarks = derive(rules, batch=pd.Categorical(["run1", None, "run2"]))
    assert obs["type"].tolist() == ["T", "B", None]
    assert obs["plate"].tolist() == ["1", None, "2"]
    assert obs["odd"].tolist() == ["1", None, None]
    assert remarks[0] == "Column type: found by its pattern in 2 of 3 cells."


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"from": "bacth", "pattern": "(.)"}, "no column 'bacth' to derive 'new' from; .* name, b"),
        ({"from": "name", "pattern": "(q)"}, "'(q)' of the column 'new' fits no cell; .* 'p1-T_1'"),
    ],
)
def test_columns_that_cannot_be_derived(rule, words):
    with pytest.raises(ClearError, match=words.replace("(q)", r"\(q\)")):
        derive({"new": rule}, batch=["1", "2", "3"])
