"""Numbers and durations as a reader sees them."""

import pytest

from clear.benchmark.report.texts import duration, number


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (99.9, "99.9 s"), (600, "10.0 min"), (9000, "2.5 h")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_a_negative_number_has_a_true_minus_sign_and_a_rounded_zero_none():
    assert [number(value, 3) for value in (-0.0123, -0.0001, 0.5)] == [
        "\u22120.012",
        "0.000",
        "0.500",
    ]
