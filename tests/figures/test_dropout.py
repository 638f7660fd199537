"""Fig. 2D and S14: each method's means and its seeds' range at every share, and what is lost."""

import numpy as np
import pandas as pd
import pytest

from clear.benchmark.figures import fig2d, figs14

RATES = ["none", "dropout_10", "dropout_80"]


@pytest.fixture
def manifest(synthetic):
    return synthetic.manifest({"yan": synthetic.DATASETS["yan"]})


@pytest.fixture
def statistics(synthetic, manifest):
    """Strongest first; at each rate scores are lower by the share, and scVI times out at 80 %."""
    tables = []
    for rate in reversed(RATES):
        share = int(rate.split("_")[-1]) / 100 if rate != "none" else 0
        late = {("yan", "scvi", 1): "timeout"} if rate == "dropout_80" else {}
        failures = late | {(None, "seurat"): "not_installed"}
        table = synthetic.scores(manifest, failures=failures).assign(perturbation=rate)
        table["value"] -= share / 2
        tables.append(table)
    other = tables[-1].assign(recipe="released", value=0.0)
    return synthetic.statistics(manifest, pd.concat([*tables, other], ignore_index=True))


def lines(ax):
    return {line.get_gid(): line.get_ydata() for line in ax.lines}


def ranges(ax, method):
    (bars,) = [c for c in ax.collections if c.get_gid() == f"seeds {method}"]
    return [segment[:, 1].tolist() for segment in bars.get_segments()]


def below(fig):
    return fig.get_supxlabel().replace("\n", " ")


def of(statistics, method, track, metric="ari"):
    shown = {"method": method, "track": track, "metric": metric, "recipe": "standard"}
    rows = statistics[(statistics[list(shown)] == pd.Series(shown)).all(axis=1)]
    return rows.set_index("perturbation").loc[RATES]


def test_lines_go_through_the_means_and_bars_span_the_seeds(statistics, manifest):
    fig = fig2d.draw(statistics, manifest, "yan", "standard")
    assert [ax.get_gid() for ax in fig.axes] == ["ari given_k", "ari estimated_k"]
    for ax in fig.axes:
        _, track = ax.get_gid().split()
        assert list(ax.get_xticks()) == [0, 10, 80]
        for method in ("clear", "scvi", "control_random"):
            expected = of(statistics, method, track)
            assert lines(ax)[method] == pytest.approx(expected["mean"].to_numpy())
            spans = expected[["min", "max"]].to_numpy()
            np.testing.assert_allclose(ranges(ax, method), spans)
        # No method covers another: each has its own place beside the share, not far from it.
        places = np.array([line.get_xdata() for line in ax.lines]) - [0, 10, 80]
        assert len(np.unique(places.round(6))) == len(ax.lines)
        assert np.abs(places).max() <= 2.5


def test_a_run_without_a_score_breaks_no_line_but_its_own_and_is_named(statistics, manifest):
    fig = fig2d.draw(statistics, manifest, "yan", "standard")
    assert "scVI timeout at 80 %" in below(fig)
    assert "Seurat not installed at 0, 10, 80 %" in below(fig)
    assert np.isnan(lines(fig.axes[0])["seurat"]).all()
    lost = statistics["method"].eq("scvi") & statistics["perturbation"].eq("dropout_80")
    statistics.loc[lost, ["mean", "sd", "min", "max"]] = np.nan
    fig = fig2d.draw(statistics, manifest, "yan", "standard")
    assert np.isnan(lines(fig.axes[0])["scvi"]).tolist() == [False, False, True]


def test_the_supplement_has_every_metric_that_its_track_has(statistics, manifest):
    fig = figs14.draw(statistics, manifest, "yan", "standard")
    shown = [tuple(ax.get_gid().split()) for ax in fig.axes]
    measured = statistics[["metric", "track"]].drop_duplicates().itertuples(index=False)
    there = {tuple(row) for row in measured if row.track in dict(map(reversed, shown))}
    assert there - set(shown) == {("n_clusters", "given_k")}  # says nothing
    (ax,) = [ax for ax in fig.axes if ax.get_gid() == "asw embedding"]
    expected = of(statistics, "clear", "embedding", "asw")["mean"]
    assert lines(ax)["clear"] == pytest.approx(expected.to_numpy())


def test_without_a_score_it_says_so(statistics, manifest):
    fig = fig2d.draw(statistics.assign(mean=np.nan), manifest, "yan", "standard")
    assert "Yan: no run has a score" in fig.texts[0].get_text()


def test_panels_of_a_metric_have_one_scale_and_own_clusters_are_in_the_supplement(
    statistics, manifest
):
    own = statistics[statistics["track"] == "given_k"].assign(track="own_k")
    own[["mean", "min", "max"]] -= 0.3
    table = pd.concat([statistics, own], ignore_index=True)
    for module in (fig2d, figs14):
        axes = {ax.get_gid(): ax for ax in module.draw(table, manifest, "yan", "standard").axes}
        assert axes["ari own_k"].get_ylim() == axes["ari given_k"].get_ylim()
    assert "n_clusters own_k" in axes and "n_clusters given_k" not in axes
