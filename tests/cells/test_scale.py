"""Counts that pass for logarithms, and the other way round."""

import numpy as np
import pytest
from anndata import AnnData

from clear import CLEAR
from clear.cells.scale import Scale
from clear.errors import ClearError

COUNTS = np.random.default_rng(0).poisson(3.0, (20, 8))
LOGGED = np.log1p(COUNTS / COUNTS.sum(1, keepdims=True) * 1e4)


@pytest.mark.parametrize(
    ("values", "logged", "found"),
    [
        (LOGGED, True, None),
        (LOGGED, False, "fractions, none above"),
        (LOGGED / np.log(2), False, "fractions, none above"),
        (COUNTS, False, None),
        (COUNTS, True, "whole numbers up to"),
        (COUNTS.astype(np.float32), True, "whole numbers up to"),
        (COUNTS > 2, True, None),
        (np.expm1(LOGGED), False, None),  # a linear scale
        (np.expm1(LOGGED), True, "too large for logarithms"),
        (np.zeros((2, 2)), True, None),
    ],
)
def test_what_speaks_against_a_scale(values, logged, found):
    scale = Scale()
    for part in np.array_split(values, 3):
        scale.see(part)
    said = scale.contradicts(logged)
    assert said is None if found is None else found in said


def test_the_remedy_is_the_other_declaration():
    with pytest.raises(ClearError, match=r"whole numbers up to \d+.*set counts=True"):
        CLEAR().fit(AnnData(COUNTS))
    with pytest.raises(ClearError, match=r"fractions, none above 7.*leave out counts=True"):
        CLEAR().fit(AnnData(LOGGED), counts=True)
