"""Places against worked examples, and what a third method may change: nothing."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.statistics.places import places


def placed(**scores):
    return places(pd.DataFrame(scores)).to_dict()


def test_places_are_by_mean_differences_not_by_mean_ranks():
    # b is better on two of three datasets, a by more on one.
    assert placed(a=[0.5, 0.5, 0.9], b=[0.6, 0.6, 0.1]) == {"a": 1, "b": 2}


def test_a_method_with_fewer_datasets_is_compared_on_those():
    # its mean is the highest, yet a beats it where both have a score
    nan = float("nan")
    a, c = [0.9, 0.9, 0.1], [0.2, 0.2, 0.2]
    found = placed(a=a, few=[0.8, 0.8, nan], c=c, none=[nan, nan, nan])
    assert found == pytest.approx({"a": 1, "few": 2, "c": 3, "none": nan}, nan_ok=True)


def test_a_method_on_half_of_the_datasets_or_less_has_no_place_and_closes_no_circle():
    nan = float("nan")
    a, b = [0.9, 0.9, 0.1, 0.5], [0.7, 0.7, 0.3, 0.5]
    half = [nan, nan, 0.2, 0.5]  # better than a there, worse than b, which is worse than a
    found = placed(a=a, b=b, half=half)
    assert found == pytest.approx({"a": 1, "b": 2, "half": nan}, nan_ok=True)
    assert placed(a=a[1:], b=b[1:], more=half[1:]) == {"a": 2, "b": 2, "more": 2}


def test_equal_means_share_a_place_and_a_circle_does():
    assert placed(a=[0.1 + 0.2], b=[0.3], c=[0.9]) == {"a": 2.5, "b": 2.5, "c": 1}
    nan = float("nan")
    circle = placed(a=[2, nan, 1], b=[1, 2, nan], c=[nan, 1, 2], last=[0, 0, 0])
    assert circle == {"a": 2, "b": 2, "c": 2, "last": 4}


@pytest.mark.parametrize("missing", [0, 0.3])
def test_a_third_method_never_turns_the_order_of_two(missing):
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = pd.DataFrame(rng.random((4, 5)), columns=list("abcde"))
        scores = scores.mask(rng.random(scores.shape) < missing)
        alone, among = places(scores[["a", "b"]]), places(scores)
        if missing:
            turned = (alone["a"] - alone["b"]) * (among["a"] - among["b"]) < 0
            assert not turned
        else:
            assert np.sign(alone["a"] - alone["b"]) == np.sign(among["a"] - among["b"])
