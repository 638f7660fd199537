"""Published numbers stand beside ours, and every one of them names a card and its source."""

import pandas as pd
import pytest

from clear.benchmark.cards import select
from clear.benchmark.report.tables import parts
from clear.benchmark.schemas import read_schemas
from clear.benchmark.tables.published import FILE, TABLE, make
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.tsv import read_table


def test_every_number_has_a_dataset_a_range_and_a_source(repository):
    table = read_table(FILE)
    assert not table.duplicated(["dataset", "published_as", "metric", "source"]).any()
    assert table["published"].between(-0.5, 1).all() and table["source"].notna().all()
    cards = pd.concat([table["given_k"], table["own_k"]]).dropna()
    for kind, names in (("datasets", table["dataset"]), ("methods", cards)):
        there = {path.stem for path in (repository / "config" / kind).glob("*.yaml")}
        assert set(names) <= there


def test_a_card_stands_on_the_tracks_where_its_own_clusters_or_its_embedding_are_scored(repository):
    """One that finds their number itself is not shown with k given, by k-means of its embedding."""
    table, task = read_table(FILE), all_tasks()["clustering"]
    schema = read_schemas(repository)["method"]
    for track in ("given_k", "own_k"):
        for name, card in select(
            "methods", sorted(set(table[track].dropna())), [repository / "config"], schema
        ).items():
            assert track in task.served(card), name
            assert track == "own_k" or "clusters_estimated_k" not in card["outputs"], name


def test_the_means_are_those_that_the_source_gives():
    means = read_table(FILE).groupby("published_as")["published"].mean()
    expected = {"CICL": 0.877, "scDHA": 0.849, "GraphSCC": 0.768, "CLEAR": 0.709, "SIMLR": 0.640}
    expected |= {"scVI": 0.639, "scDeepCluster": 0.543, "Seurat": 0.539}
    assert {name: means[name] for name in expected} == pytest.approx(expected, abs=0.0006)


def test_ours_stand_in_brackets_where_the_method_ran(synthetic):
    manifest = synthetic.manifest()
    statistics = synthetic.statistics(manifest, synthetic.scores(manifest))
    clusters = {("seurat", "own_k"): "seurat", ("scdha", "own_k"): "scvi"}
    clusters[("scdha_given_k", "given_k")] = "pca"
    own = [
        statistics[(statistics["method"] == like) & (statistics["track"] == "given_k")].assign(
            method=method, track=track
        )
        for (method, track), like in clusters.items()
    ]
    statistics = pd.concat([statistics, *own], ignore_index=True)
    rows = make(statistics)
    assert set(rows["dataset"]) == {"yan", "deng", "pollen"}
    (part,) = parts(TABLE, rows, manifest)
    shown = {row["heads"][0]: dict(zip(part["columns"], row["cells"], strict=True))
             for row in part["rows"]}  # fmt: skip
    assert shown["CICL"]["Yan"] == "0.799"

    def ours(method, track):
        where = {"dataset": "yan", "method": method, "track": track, "metric": "ari"}
        row = statistics[(statistics[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]
        sd = "" if pd.isna(row["sd"]) else f" ± {row['sd']:.3f}"  # one run has none
        return f"{row['mean']:.3f}{sd}"

    assert shown["scVI"]["Yan"] == f"0.567 (here k given {ours('scvi', 'given_k')})"
    both = f"k given {ours('scdha_given_k', 'given_k')}; own number {ours('scdha', 'own_k')}"
    assert shown["scDHA"]["Yan"].endswith(f" (here {both})")
    # Not k-means of its principal components, which the run has too.
    assert shown["Seurat"]["Deng"] == "0.414 (here own number 1 not installed)"
