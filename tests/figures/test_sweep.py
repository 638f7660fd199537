"""The curve over resolutions shows each method's means and the true number of types."""

import pandas as pd
import pytest

from clear.benchmark.figures import sweep
from clear.benchmark.tasks.clustering import CURVE

ABOUT = {"dataset": "yan", "recipe": "standard", "perturbation": "none", "task": "clustering"}


@pytest.fixture
def statistics():
    rows = [
        ABOUT | {"track": track, "metric": metric, "method": method, "mean": mean}
        for i, track in enumerate(reversed(CURVE))
        for method, ari in (("clear", 0.5), ("pca", 0.3))
        for metric, mean in (("ari", ari + i / 100), ("n_clusters", 22 - i))
    ]
    others = [ABOUT | {"track": "given_k", "metric": "ari", "method": "clear", "mean": 0.9}]
    others += [row | {"dataset": "deng", "mean": 0} for row in rows]
    return pd.DataFrame(rows + others)


def lines(ax):
    return {line.get_gid(): line.get_xydata().T.tolist() for line in ax.lines}


def test_each_method_has_a_line_through_its_means_beside_the_number_of_types(synthetic, statistics):
    types = {"types": {name: 9 for name in "abcdefg"}}
    fig = sweep.draw(statistics, types, synthetic.manifest(), "yan", "standard")
    ari, number = (lines(ax) for ax in fig.axes)
    x, y = ari["pca"]
    assert x == pytest.approx([i / 10 for i in range(1, 21)])
    assert y == pytest.approx([0.49 - i / 100 for i in range(20)])
    assert number["clear"][1] == pytest.approx(list(range(3, 23)))
    assert number["types"][1] == [7, 7]


def test_without_a_clustered_embedding_it_says_so(synthetic, statistics):
    only = statistics[statistics["track"] == "given_k"]
    fig = sweep.draw(only, {"types": {}}, synthetic.manifest(), "yan", "standard")
    assert "no embedding was clustered" in fig.texts[0].get_text()
