"""Donors and statuses in canonical shape, or an error that names the card's key."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from clear.benchmark.data.canonical import canonical
from clear.errors import ClearError

CARD = {"id": "toy", "unit": "counts", "statuses": ["healthy", "ill"]}
COLUMNS = {"cell_type": ["kind"], "batch": [], "stage": [], "donor": ["who"], "status": ["state"]}


def study(who="aabb", state=("H", "H", "ARDS", "ARDS"), card=None):
    obs = pd.DataFrame({"kind": list("xyxy"), "who": list(who), "state": list(state)})
    raw = AnnData(np.ones((4, 3)), obs.set_index(pd.Index(list("1234"))))
    own = CARD | {"status_values": {"H": "healthy", "ARDS": "ill"}} | (card or {})
    return canonical(raw, own, COLUMNS)[0].obs


def test_values_are_named_as_the_card_says():
    obs = study()
    assert obs["donor"].tolist() == list("aabb")
    assert obs["status"].tolist() == ["healthy", "healthy", "ill", "ill"]
    assert obs["status"].cat.categories.tolist() == ["healthy", "ill"]


def test_donors_and_statuses_of_the_cells_that_a_label_rule_leaves():
    obs = study(card={"label_rule": {"drop": ["y"]}})
    assert obs["donor"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"who": ["a", "", "b", "b"]}, "1 cells have no donor in the column 'who'"),
        ({"state": ("H", "nan", "ARDS", "ARDS")}, "1 cells have no status in the column 'state'"),
        ({"state": ("H", "H", "ICU", "ICU")}, "does not know the status ICU.*`status_values`"),
        ({"state": ("H",) * 4}, "no cell has the status ill"),
        ({"who": "aaab"}, "donor 'a' has the statuses healthy and ill"),
    ],
)
def test_bad_columns(change, message):
    with pytest.raises(ClearError, match=message):
        study(**change)


def test_a_column_that_is_not_there():
    with pytest.raises(ClearError, match=r"no column 'who' \(`donor` in the card\)"):
        obs = pd.DataFrame({"kind": list("xy"), "state": ["H", "ARDS"]}, index=list("12"))
        canonical(AnnData(np.ones((2, 2)), obs), CARD, COLUMNS)
