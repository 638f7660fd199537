"""Tables are read as they were written, with names from the data left alone."""

import json

import pandas as pd

from clear.benchmark.figures.read import read


def test_a_type_called_na_stays_a_type_and_a_missing_number_is_missing(tmp_path):
    path = tmp_path / "umap.tsv"
    path.write_text("cell\tcell_type\tmethod\tumap1\n007\tNA\t1e5\tNA\n008\tnan\tpca\t0.5\n")
    table = read(path)
    assert table["cell"].tolist() == ["007", "008"]
    assert table["cell_type"].tolist() == ["NA", "nan"]
    assert table["method"].tolist() == ["1e5", "pca"]
    assert table["umap1"].isna().tolist() == [True, False]
    assert table["umap1"].dtype == float


def test_a_run_without_a_score_has_no_metric(tmp_path):
    path = tmp_path / "scores.tsv"
    row = {"method": "pca", "metric": None, "value": None, "status": "failed"}
    pd.DataFrame([row]).to_csv(path, sep="\t", index=False, na_rep="NA")
    assert read(path)[["metric", "value"]].isna().all(axis=None)


def test_an_empty_table_has_its_columns(tmp_path):
    (tmp_path / "umap.tsv").write_text("cell\tcell_type\tumap1\n")
    assert list(read(tmp_path / "umap.tsv").columns) == ["cell", "cell_type", "umap1"]


def test_records_are_dicts(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"run": "r"}))
    assert read(str(tmp_path / "run.json")) == {"run": "r"}
