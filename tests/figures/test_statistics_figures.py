"""Figures of the statistics: their numbers are those of the tables, and what is missing is said."""

import numpy as np
import pytest

from clear.benchmark.figures import cost_quality, critical_difference, forest, heat, rank_stability
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tsv import rows_where

VIEW = {"track": "given_k", "metric": "ari", "recipe": "standard", "dataset": ALL}
FAILURES = {("deng", "scvi", 1): "timeout", ("yan", "cidr"): "failed", (None, "seurat"): "no_data"}


@pytest.fixture(scope="module")
def run(synthetic):
    datasets, methods = synthetic.many(7, 8)
    manifest = synthetic.manifest(datasets, methods, seeds=(0, 1))
    manifest["methods"]["clear"]["tuned_on"] = ["muraro"]
    levels = {name: spec[3] for name, spec in methods.items()}
    scores = synthetic.scores(manifest, levels, FAILURES)
    scores = scores[scores["metric"].isin(["ari"]) | scores["metric"].isna()]
    tables = synthetic.summaries(manifest, scores, synthetic.runs(manifest, scores))
    return tables | {"manifest": manifest, "scores": scores}


def drawn(module, run, **others):
    tables = {name: (run | others)[name] for name in module.FIGURE.reads}
    return module.draw(**tables, recipe="standard")


def axes_of(fig, gid):
    return next(ax for ax in fig.axes if ax.get_gid() == gid)


def lines(ax):
    return {line.get_gid(): line.get_xydata() for line in ax.lines}


def texts(fig):
    return [text.get_text() for ax in [fig, *fig.axes] for text in ax.texts]


def without_intervals(table):
    missing = dict.fromkeys(["low", "high", "p_better", "p_equivalent", "p_worse", "p", "p_holm"])
    return table.assign(**missing).astype(dict.fromkeys(missing, float))


def test_the_forest_has_every_mean_interval_and_dataset(run):
    ax = axes_of(drawn(forest, run), "clear given_k")
    rows = rows_where(run["differences"], **VIEW).set_index("method")
    found = lines(ax)
    for method in ("scvi", "sc3", "cidr", "control_random"):
        row = rows.loc[method]
        assert found[f"mean {method}"][:, 0] == pytest.approx([row["difference"]])
        assert found[f"interval {method}"][:, 0] == pytest.approx([row["low"], row["high"]])
    points = {c.get_gid(): len(c.get_offsets()) for c in ax.collections if c.get_gid()}
    compared = sum(rows["datasets"])  # without the dataset that CLEAR was tuned on
    assert points == {"datasets": compared, "tuned": (rows["datasets"] > 0).sum()}
    best = [tick.get_text() for tick in ax.get_yticklabels()]
    assert best[-2:] == ["Control: labels", "Control: random"]


def test_the_forest_says_that_datasets_are_too_few(run):
    few = without_intervals(run["differences"])
    fig = drawn(forest, run, differences=few)
    assert "too few" in texts(fig)
    assert not any(str(gid).startswith("interval") for gid in lines(axes_of(fig, "clear given_k")))
    assert "No preset" in texts(drawn(forest, run, differences=few[:0]))[0]


def test_methods_within_the_critical_difference_share_a_bar(run):
    fig = drawn(critical_difference, run)
    ax = axes_of(fig, "given_k")
    rows = rows_where(run["mean_ranks"], **VIEW).dropna(subset="mean_rank")
    ranks = rows.set_index("method")["mean_rank"]
    cd, n = rows["critical_difference"].iloc[0], rows["datasets"].iloc[0]
    title = ax.get_title(loc="left")
    assert f"N = {n:.0f} datasets, k = {len(rows)} methods, CD = {cd:.2f}" in title
    bars = [line.get_xdata() for line in ax.lines if line.get_gid() == "bar"]
    for a in ranks:
        for b in ranks:
            shared = any(bar[0] <= min(a, b) and max(a, b) <= bar[1] for bar in bars)
            assert shared == (abs(a - b) <= cd) or a == b
    shown = lines(ax)["rank CLEAR"]
    assert shown[0, 0] == pytest.approx(ranks["clear"])
    few = run["mean_ranks"].assign(mean_rank=np.nan, reason="too few of them")
    fig = drawn(critical_difference, run, mean_ranks=few)
    assert "too few of them" in " ".join(texts(fig))


def test_the_heat_map_has_every_mean_and_marks_failures_and_tuning(run):
    ax = axes_of(drawn(heat, run), "given_k")
    cells = {text.get_gid(): text.get_text() for text in ax.texts}
    assert cells["yan cidr"] == "F" and cells["deng scvi"].endswith(" T")
    assert cells["deng seurat"] == "D"
    mean = rows_where(run["statistics"], **VIEW | {"dataset": "pollen"}).set_index("method")["mean"]
    assert float(cells["pollen scvi"]) == pytest.approx(mean["scvi"], abs=0.0051)
    assert [patch.get_gid() for patch in ax.patches] == ["tuned muraro clear"]
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names[0] == "CLEAR" and names[-2:] == ["Control: random", "Control: labels"]


def test_the_heat_map_has_no_column_of_a_dataset_for_another_task(run):
    datasets = run["manifest"]["datasets"]
    more = run["manifest"] | {"datasets": {"lineage": datasets["yan"]} | datasets}
    axes = axes_of(drawn(heat, run, manifest=more), "given_k")
    assert len(axes.images[0].get_array().T) == len(datasets)
    cells = {text.get_gid(): text.get_position()[0] for text in axes.texts}
    assert cells["yan cidr"] == list(datasets).index("yan")


def test_costs_are_drawn_against_differences(run):
    fig = drawn(cost_quality, run)
    ax = axes_of(fig, "wall_s given_k")
    row = rows_where(run["differences"], **VIEW, method="scvi").iloc[0]
    cost = run["relative_costs"].set_index("method").loc["scvi"]
    (point,) = [line.get_xydata() for line in ax.lines if line.get_gid() == "scvi"]
    assert point[0] == pytest.approx([cost["wall_s"], row["difference"]])
    nothing = drawn(cost_quality, run, relative_costs=run["relative_costs"][:0])
    assert "No method" in texts(nothing)[0]


def test_ranks_have_the_range_that_leaving_out_gives(run):
    ax = axes_of(drawn(rank_stability, run), "given_k")
    left = rows_where(run["leave_out"], track="given_k", metric="ari", method="cidr")["rank"]
    found = lines(ax)
    assert found["without cidr"][:, 0] == pytest.approx([left.min(), left.max()])
    rank = rows_where(run["ranks"], **VIEW, method="cidr")["rank"].iloc[0]
    assert found["rank cidr"][0, 0] == rank
    assert "No method" in texts(drawn(rank_stability, run, ranks=run["ranks"][:0]))[0]


def test_a_rank_beyond_the_number_of_ranked_methods_is_inside_the_picture(run):
    """Without a group, methods take part that have no rank over all."""
    low = run["leave_out"].assign(rank=run["leave_out"]["rank"] + 20)
    ax = axes_of(drawn(rank_stability, run, leave_out=low), "given_k")
    assert ax.get_xlim()[1] > lines(ax)["without cidr"].max()
    common = run["ranks"].assign(rank_common=30)
    assert axes_of(drawn(rank_stability, run, ranks=common), "given_k").get_xlim()[1] > 30
