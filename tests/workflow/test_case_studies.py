"""The real datasets of Figs. 5 and 6 plan what their stand-ins do, which can be run here."""

import pytest

# What the stand-ins have besides, since their types are known: scores of clustering.
SCORED = {"score", "figure_sweep", "figure_figs1_3", "figure_figs13"}


@pytest.mark.parametrize(
    ("config", "stand_in", "real", "panels"),
    [
        ("covid", "simulated_cohort", "gse150728", "abcdefghij"),
        ("atlas", "simulated_atlas", "gse158055", "ab"),
    ],
)
def test_the_real_dataset_plans_the_same(
    planned, repository, tmp_path, config, stand_in, real, panels
):
    plans = []
    for dataset in (stand_in, real):
        file = repository / f"config/{config}.yaml"
        settings = f"datasets=[{dataset}]", f"run={dataset}"
        plans.append(planned(tmp_path, "--configfile", file, "--config", *settings))
    here, there = ({rule: n for rule, n in p.items() if rule not in SCORED} for p in plans)
    assert here == there
    number = "5" if config == "covid" else "6"
    drawn = {f"figure_fig{number}{panel}" for panel in panels}
    assert drawn | {"casestudy_map", "casestudy_types", "casestudy_markers"} <= set(there)
