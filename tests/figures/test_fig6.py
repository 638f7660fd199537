"""Figs. 6A and 6B: what they show of small tables, and what they say where there is none."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.figures import fig6a, fig6b

SHOWS = ("toy", "standard", "pca")
RUNS = pd.DataFrame([["toy", "standard", "none", "pca", "failed", "it broke"]])
RUNS.columns = ["dataset", "recipe", "perturbation", "method", "status", "message"]
RECORD = {"engine": "cpu", "neighbours": "exact", "n_neighbors": 15, "resolution": 1.2}
RECORD |= {"versions": {"python": "3.11", "igraph": "1.0.0"}, "seconds": {"umap": 2.0}}


@pytest.fixture
def tables():
    cells = [f"c{i}" for i in range(90)]
    kind = np.repeat(["T", "B", "B"], 30)
    dots = [
        (kind, cells, gene, of, share, 2 * share)
        for kind, cells in (("T", 30), ("B", 50), ("mast", 0), ("unsure", 10))
        for gene, of in (("CD3E", "T"), ("CD4", "T"), ("MS4A1", "B"), ("CPA3", "mast"))
        for share in [np.nan if kind == "mast" or gene == "CD4" else 0.9 if of == kind else 0.1]
    ]
    return {
        "umap": pd.DataFrame({"cell": cells, "x": np.arange(90.0), "y": np.arange(90.0) % 7}),
        "clusters": pd.DataFrame({"cell": cells, "cluster": np.repeat(["0", "1", "2"], 30)}),
        "types": pd.DataFrame({"cell": cells, "type": kind, "sure": np.arange(90) < 80}),
        "dots": pd.DataFrame(dots, columns=["type", "cells", "gene", "of", "share", "mean"]),
    }


def words(fig):
    return [text.get_text() for text in fig.findobj(lambda one: hasattr(one, "get_text"))]


def test_umap_counts_types_numbers_clusters_and_says_how(tables):
    given = (tables["umap"], tables["clusters"], tables["types"], RECORD, tables["dots"], RUNS)
    said = words(fig6a.draw(*given, *SHOWS))
    assert {
        "T (30)",
        "B (50)",
        "mast (0)",
        "unsure (10)",
        "3 clusters, in colours of their own",
        "0",
        "1",
        "2",
    } <= set(said)
    how = "15 neighbours, exact; Leiden at resolution 1.2; CPU: igraph 1.0.0; 2 s"
    assert how in said


def test_dots_have_the_area_of_shares_and_empty_types_and_missing_genes_are_named(tables):
    fig = fig6b.draw(tables["dots"], RUNS, *SHOWS)
    crosses, dots = fig.axes[0].collections[-2:]
    assert len(crosses.get_offsets()) == 4  # CD4, which nobody has
    assert len(dots.get_offsets()) == 3 * 3
    assert sorted(set(dots.get_sizes() / fig6b.LARGEST)) == pytest.approx([0.1, 0.9])
    assert {"T (30)", "mast (no cells)", "unsure (10)"} <= set(words(fig))
    assert dots.get_array().max() == 1


def test_without_embedding_both_say_what_became_of_the_run(tables):
    none = {name: table[:0] for name, table in tables.items()}
    given = (none["umap"], none["clusters"], none["types"], {}, none["dots"], RUNS)
    for fig in (fig6a.draw(*given, *SHOWS), fig6b.draw(none["dots"], RUNS, *SHOWS)):
        assert "it broke" in " ".join(words(fig))
