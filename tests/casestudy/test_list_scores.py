"""Scores of gene lists by donor and their tests."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.casestudy.gene_lists import GeneList
from clear.benchmark.casestudy.list_expression import list_expression
from clear.benchmark.casestudy.list_scores import donor_scores, score_tests

STATUSES = ["healthy", "mild", "severe"]


def scored(raised=2.0, cells=12):
    """Four donors a status; the list's genes are raised in the severe."""
    rng = np.random.default_rng(0)
    donor = np.repeat(np.arange(12), cells)
    x = rng.normal(3, 0.2, (len(donor), 100))
    x[donor >= 8, :5] += raised
    about = {"type": "mono", "donor": donor.astype(str), "status": np.repeat(STATUSES, 4 * cells)}
    genes = np.array([f"G{number}" for number in range(100)])
    lists = {"up": GeneList(list(genes[:5]), ["GONE"]), "flat": GeneList(list(genes[5:10]), [])}
    return donor_scores(sparse.csr_matrix(x), genes, pd.DataFrame(about), lists, ["mono"])


def test_a_raised_list_has_a_higher_score_by_as_much():
    scores = scored()
    assert scores["missing"].unique().tolist() == ["GONE", ""]
    means = scores[scores["list"] == "up"].groupby("status")["score"].mean()
    assert means["severe"] - means["healthy"] == pytest.approx(2, abs=0.1)


def test_pairs_of_statuses_are_tested_exactly_over_donors():
    tests = score_tests(scored(), STATUSES).set_index(["list", "status", "reference"])
    assert len(tests) == 6
    raised = tests.loc["up", "severe", "healthy"]
    # Four against four: 70 ways to share eight donors out, of which two are this far apart.
    assert raised["p"] == pytest.approx(2 / 70) and raised["least_p"] == pytest.approx(2 / 70)
    assert raised["q"] == pytest.approx(3 / 70) and raised["difference"] == pytest.approx(
        2, abs=0.1
    )
    assert raised["low"] > 1.5
    # The genes that are raised may be controls of the others.
    assert abs(tests.loc["flat", "severe", "healthy"]["difference"]) < 0.3


def test_a_status_with_one_donor_is_not_tested():
    scores = scored()
    scores = scores[~scores["donor"].isin(["9", "10", "11"])]
    tests = score_tests(scores, STATUSES)
    tests = tests[tests["status"] == "severe"]
    assert tests["p"].isna().all() and set(tests["reason"]) == {"no test: 1 donor of status severe"}


def test_donors_with_few_cells_have_no_score():
    assert scored(cells=9)["score"].isna().all()


def few(type_of, types):
    """Score sixty cells of three donors; ``type_of`` takes a donor's number."""
    rng = np.random.default_rng(0)
    donor = np.repeat(np.arange(3), 20)
    about = pd.DataFrame(
        {"type": [type_of(number) for number in donor], "donor": donor.astype(str)}
    )
    about["status"] = "ill"
    genes = np.array([f"G{number}" for number in range(40)])
    x = sparse.csr_matrix(rng.normal(3, 1, (60, 40)))
    return donor_scores(x, genes, about, {"up": GeneList(["G1", "G2"], [])}, types)


def test_a_donor_without_such_cells_stands_in_the_table_without_a_score():
    scores = few(lambda number: "B" if number == 1 else "mono", ["mono"]).set_index("donor")
    assert scores["cells"].to_dict() == {"0": 20, "1": 0, "2": 20}
    assert scores["score"].notna().to_dict() == {"0": True, "1": False, "2": True}
    assert (scores["status"] == "ill").all()


def test_a_type_that_no_cell_has_gives_no_rows_and_no_test():
    scores = few(lambda number: "B", ["mono"])
    assert scores.empty and score_tests(scores, STATUSES).empty
    both = few(lambda number: "B", ["mono", "B"])
    assert set(both["type"]) == {"B"}


def test_without_a_sure_cell_there_are_no_rows():
    none = pd.DataFrame(columns=["type", "donor", "status"])
    lists = {"up": GeneList(["G1"], [])}
    genes = np.array(["G1", "G2"])
    assert donor_scores(sparse.csr_matrix((0, 2)), genes, none, lists, ["mono"]).empty
    assert list_expression(sparse.csr_matrix((0, 2)), genes, none, lists, ["mono"]).empty


def test_expression_of_a_type_that_no_cell_has_is_left_out():
    cells = pd.DataFrame({"type": ["B", "B"], "donor": ["1", "2"], "status": ["well", "ill"]})
    x = sparse.csr_matrix([[1.0, 0], [3, 0]])
    table = list_expression(
        x, np.array(["G1", "G2"]), cells, {"up": GeneList(["G1"], ["GONE"])}, ["mono", "B"]
    )
    assert set(table["type"]) == {"B"} and len(table) == 4
    found = table.set_index(["gene", "status"])
    assert found.loc[("G1", "ill"), "mean"] == 3 and found.loc["GONE"]["mean"].isna().all()
