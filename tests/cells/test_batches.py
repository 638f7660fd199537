"""Batches as numbers."""

import numpy as np
import pandas as pd
import pytest

from clear.cells.batches import batch_codes
from clear.errors import ClearError


@pytest.mark.parametrize(
    "column",
    [
        ["b"] * 20 + ["a"] * 40,
        [7] * 20 + [3] * 40,
        pd.Categorical(["b"] * 20 + ["a"] * 40, categories=["unused", "a", "b"]),
        [True] * 20 + [False] * 40,
    ],
)
def test_text_numbers_and_categories_become_the_same_codes(adata, column):
    adata.obs["sample"] = column
    assert np.array_equal(batch_codes(adata, "sample"), [0] * 20 + [1] * 40)


def test_one_batch_is_none_and_said(adata, caplog):
    adata.obs["sample"] = "a"
    assert batch_codes(adata, "sample") is None
    assert "one batch only" in caplog.text


@pytest.mark.parametrize(
    ("key", "column", "message"),
    [
        ("sampel", ["a", "b"] * 30, r"no column 'sampel' \(there: sample\)"),
        ("sample", ["a", None] * 30, "no value for 30 of 60 cells"),
        ("sample", [1.0, np.nan] * 30, "no value for 30 of 60 cells"),
        ("sample", np.arange(60), "60 batches of 60 cells"),
        ("sample", np.linspace(0, 1, 60), "names cells or to measure|name cells or to measure"),
    ],
)
def test_columns_that_name_no_batches_are_refused(adata, key, column, message):
    adata.obs["sample"] = column
    with pytest.raises(ClearError, match=message):
        batch_codes(adata, key)
