"""The pseudotime of scDHA against loops and hand computations, and on a path."""

import numpy as np
import pytest
from scipy.stats import spearmanr


@pytest.fixture
def script(repository):
    """The script of scDHA, which writes its pseudotime where it is told the root."""
    return repository / "scripts/methods/scdha/run.py"


@pytest.fixture
def order(load):
    """The module order beside the script."""
    return load("order")


def test_times_are_lengths_of_paths_in_the_minimum_spanning_tree(order):
    space = np.random.default_rng(0).normal(size=(30, 5))
    distance = 1 - np.corrcoef(space)
    joined, time = [4], {4: 0.0}  # Prim's algorithm from the start cell
    while len(joined) < 30:
        others = [cell for cell in range(30) if cell not in time]
        _, a, b = min((distance[a, b], a, b) for a in joined for b in others)
        time[b] = time[a] + distance[a, b]
        joined.append(b)
    found = order.along_tree(space, 4)
    np.testing.assert_allclose(found, [time[cell] for cell in range(30)], atol=1e-9)


def test_times_of_a_cluster_go_to_the_range_of_its_quartiles(order):
    time = np.array([0.0, 1, 2, 3, 4, 10, 30, 5])
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 2])
    # quartiles of 0 to 4 are 1 and 3, of 10 and 30 they are 15 and 25
    expected = [1, 1.5, 2, 2.5, 3, 15, 25, 5]
    np.testing.assert_allclose(order.within_quartiles(time, labels), expected)


def test_spaces_that_disagree_with_the_consensus_do_not_count(order):
    rng = np.random.RandomState(0)
    good, bad = rng.normal(size=(2, 40, 6))
    labels, root = np.repeat([0, 1], 20), np.arange(40) < 5
    both = order.pseudotime([good, bad], [labels, np.tile([0, 1], 20)], labels, root, rng)
    alone = order.pseudotime([good], [labels], labels, root, rng)
    np.testing.assert_array_equal(both, alone)


def test_many_cells_are_ordered_by_a_sample(order, monkeypatch):
    angle = np.linspace(0.1, 3, 300)
    space = np.column_stack([np.cos(angle), np.sin(angle), np.cos(2 * angle), angle])
    monkeypatch.setattr(order, "ORDERED_WHOLE", 100)
    monkeypatch.setattr(order, "SAMPLE", 90)
    rng = np.random.RandomState(0)
    found = order.pseudotime([space], [np.zeros(300)], np.zeros(300, int), angle < 0.2, rng)
    assert spearmanr(found, angle).statistic > 0.95


def test_scdha_told_the_root_writes_its_pseudotime_and_no_clusters(orders, lineage):
    settings = {"n_runs": 1, "n_init": 3, "n_samples": 1}
    outputs = ["embedding", "pseudotime"]
    found, result = orders(settings=settings, outputs=outputs)
    assert result.outputs == {"embedding.h5", "pseudotime.tsv"}
    assert spearmanr(found, lineage.time).statistic > 0.7
