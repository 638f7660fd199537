"""Tables joined to the cells: names written differently, tables that each know a part."""

import pandas as pd
import pytest

from clear.benchmark.cards import CardError
from clear.benchmark.data.annotate import annotate
from clear.benchmark.data.cards import with_source


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


def test_a_replacement_that_is_no_regular_expression_is_named(tmp_path):
    files = [
        {"name": "a.csv", "urls": [], "role": "matrix"},
        {"name": "b.csv", "urls": [], "role": "annotation"},
    ]
    annotations = [{"file": "b.csv", "replace": {"(": "."}}]
    card = {"id": "toy", "_file": tmp_path / "toy.yaml", "files": files}
    with pytest.raises(CardError, match=r"annotations\.b\.csv\.replace: not a regular expression"):
        with_source(card | {"annotations": annotations})
