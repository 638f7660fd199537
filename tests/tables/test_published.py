"""Published numbers stand beside ours, and every one of them names a card and its source."""

import pandas as pd
import pytest

from clear.benchmark.report.tables import parts
from clear.benchmark.tables.published import FILE, TABLE, make
from clear.benchmark.tsv import read_table


def test_every_number_has_a_dataset_a_range_and_a_source(repository):
    table = read_table(FILE)
    assert not table.duplicated(["dataset", "published_as", "metric", "source"]).any()
    assert table["published"].between(-0.5, 1).all() and table["source"].notna().all()
    for kind, names in (("datasets", table["dataset"]), ("methods", table["method"].dropna())):
        there = {path.stem for path in (repository / "config" / kind).glob("*.yaml")}
        assert set(names) <= there


def test_the_means_are_those_that_the_source_gives():
    means = read_table(FILE).groupby("published_as")["published"].mean()
    expected = {"CICL": 0.877, "scDHA": 0.849, "GraphSCC": 0.768, "CLEAR": 0.709, "SIMLR": 0.640}
    expected |= {"scVI": 0.639, "scDeepCluster": 0.543, "Seurat": 0.539}
    assert {name: means[name] for name in expected} == pytest.approx(expected, abs=0.0006)


def test_ours_stand_in_brackets_where_the_method_ran(synthetic):
    manifest = synthetic.manifest()
    statistics = synthetic.statistics(manifest, synthetic.scores(manifest))
    rows = make(statistics)
    assert set(rows["dataset"]) == {"yan", "deng", "pollen"}
    (part,) = parts(TABLE, rows, manifest)
    shown = {row["heads"][0]: dict(zip(part["columns"], row["cells"], strict=True))
             for row in part["rows"]}  # fmt: skip
    assert shown["CICL"]["Yan"] == "0.799"
    where = {"dataset": "yan", "method": "scvi", "track": "given_k", "metric": "ari"}
    ours = statistics[(statistics[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]
    assert shown["scVI"]["Yan"] == f"0.567 (here {ours['mean']:.3f} ± {ours['sd']:.3f})"
    assert shown["Seurat"]["Deng"] == "0.414 (here 1 not installed)"
