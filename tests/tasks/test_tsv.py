"""Tables are read as they were written, with names from the data left alone."""

import pandas as pd

from clear.benchmark.tsv import read_table, write_table


def test_a_type_called_na_stays_a_type_and_a_missing_number_is_missing(tmp_path):
    path = tmp_path / "umap.tsv"
    path.write_text(
        "cell\tcell_type\tmethod\tumap1\tshare\n007\tNA\t1e5\tNA\t\n008\t\tpca\t.5\t1\n"
    )
    table = read_table(path)
    assert table["cell"].tolist() == ["007", "008"]
    assert table["cell_type"].tolist() == ["NA", ""]
    assert table["method"].tolist() == ["1e5", "pca"]
    assert table["umap1"].isna().tolist() == table["share"].isna().tolist() == [True, False]
    assert table["umap1"].dtype == table["share"].dtype == float


def test_what_is_missing_is_missing_after_writing_and_reading(tmp_path):
    row = {"method": "pca", "metric": None, "value": None, "message": "", "source_hash": "1e9"}
    write_table(pd.DataFrame([row]), tmp_path / "scores.tsv")
    table = read_table(tmp_path / "scores.tsv")
    assert table[["metric", "value"]].isna().all(axis=None)
    assert table.loc[0, ["message", "source_hash"]].tolist() == ["", "1e9"]


def test_an_empty_table_has_its_columns(tmp_path):
    (tmp_path / "umap.tsv").write_text("cell\tcell_type\tumap1\n")
    assert list(read_table(tmp_path / "umap.tsv").columns) == ["cell", "cell_type", "umap1"]
