"""Tables S4 to S6: each variant once, beside the preset, with its difference."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.report.tables import parts
from clear.benchmark.tables import s4, s5, s6

ABOUT = {"recipe": "standard", "perturbation": "none", "task": "clustering", "track": "given_k"}
ARMS = [
    ("untrained", "paper", "", "start", None, 0.3),
    ("anchor", "released", "", "clear_released", None, 0.1),
    ("anchor", "paper", "", "clear_paper", None, 0.5),
    ("single", "noise sd", "noise_sd 0.5 → 0.2", "other", "clear_released", 0.2),
    ("without", "noise", "noise_probability 0.5 → 0.0", "no_noise", "clear_paper", 0.4),
    ("alone", "noise", "mask_probability 0.5 → 0.0", "only_noise", "clear_paper", 0.6),
    ("value", "noise sd", "noise_sd 0.2 → 0.5", "noise", "clear_paper", 0.45),
    ("value", "queue", "queue 1024 → 0", "queue", "clear_paper", 0.5),
]


@pytest.fixture
def ablation():
    rows = [
        ABOUT
        | {"design": design, "name": name, "towards": np.nan, "change": change or np.nan}
        | {"method": method, "reference": reference, "metric": "ari", "dataset": dataset}
        | {"mean": mean, "mean_error": 0.01, "pairs": 4}
        | {"difference": mean - 0.5 if reference else np.nan, "difference_error": 0.02}
        for design, name, change, method, reference, mean in ARMS
        for dataset in ("*", "yan")
    ]
    return pd.DataFrame(rows)


def shown(table, ablation, synthetic):
    (part,) = parts(table, table.make(ablation), synthetic.manifest())
    assert part["columns"] == ["Mean", "Yan"]
    return {row["heads"][0]: row["cells"][0] for row in part["rows"]}


def test_augmentations_removed_and_alone(ablation, synthetic):
    assert shown(s4.TABLE, ablation, synthetic) == {
        "paper, untrained": "0.300 ± 0.010",
        "paper, as it is": "0.500 ± 0.010",
        "without noise": "0.400 (\u22120.100 ± 0.020, n = 4)",
        "noise alone": "0.600 (+0.100 ± 0.020, n = 4)",
    }


def test_strengths_and_other_settings_are_apart(ablation, synthetic):
    strengths, others = (shown(table.TABLE, ablation, synthetic) for table in (s5, s6))
    assert list(strengths)[2:] == ["noise_sd 0.2 → 0.5"]
    assert list(others)[2:] == ["queue 1024 → 0"]
    assert others["queue 1024 → 0"] == "0.500 (0.000 ± 0.020, n = 4)"


def test_the_file_has_what_was_changed_and_the_numbers(ablation):
    row = s4.TABLE.make(ablation).set_index(["variant", "dataset"]).loc[("without noise", "*")]
    assert list(row.index) == [
        "recipe", "track", "metric", "change", "method", "mean", "mean_error", "difference",
        "difference_error", "pairs",
    ]  # fmt: skip
    assert row["change"] == "noise_probability 0.5 → 0.0"


def test_one_seed_has_no_error(ablation):
    alone = ablation.assign(mean_error=np.nan, difference_error=np.nan, pairs=1)
    cells = {row["variant"]: s5.TABLE.cell(row) for row in s5.TABLE.make(alone).to_dict("records")}
    assert cells["paper, as it is"] == "0.500"
    assert cells["noise_sd 0.2 → 0.5"] == "0.450 (\u22120.050, n = 1)"


def test_a_run_without_scores_has_no_row(ablation):
    assert s4.TABLE.make(ablation.iloc[:0]).empty
