"""Shares of mitochondrial genes and of spike-ins, and the filters that read them."""

import numpy as np
import pytest

from clear.benchmark.data.prepare.recipes import settings_of
from clear.errors import ClearError
from tests.data.prepare.preparing import SETTINGS, dataset, steps

# Four genes of the nucleus whose names look like the others, two mitochondrial, one spike-in.
NAMES = ["MT1A", "ERCC1", "MTOR", "g3", "MT-CO1", "mt-Nd1", "ERCC-00002"]
SHARED = np.array(
    [
        [4, 3, 2, 1, 0, 0, 0],
        [4, 3, 2, 0, 1, 0, 0],  # mitochondrial 1 of 10
        [2, 2, 2, 2, 1, 1, 0],  # 2 of 10
        [4, 1, 1, 1, 0, 1, 2],  # 1 of 10; spike-ins 2 of 10
        [1, 1, 1, 0, 0, 0, 7],  # spike-ins 7 of 10
    ]
)


def test_shares_and_their_filters_by_hand(run, quality):
    source = dataset(SHARED, genes=NAMES)
    _, truth, record = run(source, max_mito=0.2, max_ercc=0.5)
    assert truth["name"].tolist() == ["original0", "original1", "original3"]
    assert steps(record)[:4] == [
        ("min_genes", True, 0, 0, 5, 7),
        ("max_mito", True, 1, 0, 4, 7),
        ("max_ercc", True, 1, 0, 3, 7),
        ("min_cells", True, 0, 3, 3, 4),  # MT-CO1, mt-Nd1, ERCC-00002 are in one cell each
    ]
    settings = {
        "standard": SETTINGS | {"max_mito": 0.2, "max_ercc": 0.5},
        "released": settings_of("released", SETTINGS, {"min_genes": 2, "min_cells": 1}),
    }
    table = quality(settings)
    assert table["cell"].tolist() == list(source.obs_names)
    assert table["genes"].tolist() == (SHARED > 0).sum(axis=1).tolist()
    assert table["total"].tolist() == [10] * 5
    np.testing.assert_allclose(table["mito_share"], [0, 0.1, 0.2, 0.1, 0])
    np.testing.assert_allclose(table["ercc_share"], [0, 0, 0, 0.2, 0.7])
    assert table["standard"].tolist() == ["kept", "kept", "max_mito", "kept", "max_ercc"]
    # The released code sees MT-CO1 alone, and takes 5 % and 10 %.
    assert table["released"].tolist() == ["kept", "max_mito", "max_mito", "max_ercc", "max_ercc"]


def test_a_share_of_logarithms_is_taken_on_the_linear_scale(run, quality):
    run(dataset(np.log2(1 + SHARED), "log2p1", NAMES))
    table = quality({"standard": SETTINGS})
    np.testing.assert_allclose(table["mito_share"], [0, 0.1, 0.2, 0.1, 0], rtol=1e-4)


@pytest.mark.parametrize(
    ("organism", "genes", "share"),
    [
        ("Homo sapiens", ["ENSG00000198888.2", "ENSG00000210049"], 0.5),
        ("Mus musculus", ["ENSMUSG00000065947", "ENSMUSG00000064336.1"], 0.5),
        (None, ["ENSMUSG00000064372", "ENSG00000228253"], 0.5),
        ("Homo sapiens", ["ENSMUSG00000064362", "ENSG00000000003"], None),
        ("Danio rerio", ["mt-nd1", "mt-co1"], None),
    ],
)
def test_mitochondrial_genes_by_id_and_organism(run, quality, organism, genes, share):
    source = dataset(np.full((4, 4), 3), genes=[*genes, "g2", "g3"])
    _, truth, record = run(source, organism=organism, max_mito=0.4 if share is None else 0.6)
    step = next(step for step in record["filters"] if step["filter"] == "max_mito")
    assert len(truth) == 4 and step["applied"] == (share is not None)
    shares = quality({"standard": SETTINGS}, organism)["mito_share"]
    assert shares.isna().all() if share is None else (shares == share).all()


def test_a_filter_on_what_the_file_does_not_hold_is_not_applicable(run):
    _, truth, record = run(dataset(), max_mito=0.01, max_ercc=0.01)
    assert len(truth) == 3
    reasons = {step["filter"]: step.get("reason") for step in record["filters"]}
    assert "no gene has a mitochondrial name" in reasons["max_mito"]
    assert "no gene is an ERCC spike-in" in reasons["max_ercc"]
    _, _, record = run(dataset(), max_mito=0.01, organism="Danio rerio")
    assert record["filters"][1]["reason"] == "the mitochondrial genes of Danio rerio are not listed"


def test_a_filter_that_takes_every_cell_names_its_setting(run):
    with pytest.raises(ClearError, match=r"prepare.max_mito of 0.1; the lowest is 0.5"):
        run(dataset(np.full((4, 4), 3), genes=["MT-CO1", "MT-CO2", "a", "b"]), max_mito=0.1)
