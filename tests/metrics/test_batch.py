"""Metrics of batch effects against harmonypy, scib-metrics, scikit-learn and loops."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2
from sklearn.metrics import adjusted_rand_score, silhouette_samples, silhouette_score

from clear.benchmark.metrics.batch_graph import connectivity, kbet, pcr
from clear.benchmark.metrics.batch_paper import b_ari, b_asw, c_ari, c_asw, f1_ari, f1_asw, harmonic
from clear.benchmark.metrics.cells_of_batches import MOST_CELLS, Cells
from clear.benchmark.metrics.lisi import balance, cilisi, clisi, ilisi, lisi, mixing
from clear.benchmark.metrics.metric import measure
from clear.benchmark.metrics.silhouettes import bras, isolated, unshared_apart, widths

RNG = np.random.default_rng(1)
N = 400
TYPES = RNG.integers(0, 3, N)
BATCHES = RNG.choice(3, N, p=[0.5, 0.3, 0.2])
BATCHES[TYPES == 2] = RNG.integers(0, 2, (TYPES == 2).sum())  # the third batch lacks a type
X = np.eye(3)[TYPES] @ RNG.normal(size=(3, 8)) + 0.5 * np.eye(3)[BATCHES] @ RNG.normal(size=(3, 8))
X += RNG.normal(0, 0.5, X.shape) + 1


@pytest.fixture(scope="module")
def cells():
    return Cells(X, TYPES, BATCHES)


def test_lisi_is_harmonypys():
    harmonypy = pytest.importorskip("harmonypy")
    table = pd.DataFrame({"batch": BATCHES.astype(str), "type": TYPES.astype(str)})
    expected = harmonypy.compute_lisi(X, table, ["batch", "type"], perplexity=30)
    np.testing.assert_allclose(lisi(X, BATCHES), expected[:, 0], rtol=1e-4)
    np.testing.assert_allclose(lisi(X, TYPES), expected[:, 1], rtol=1e-4)


def test_lisi_scaled(cells):
    assert ilisi(cells) == pytest.approx((np.median(lisi(X, BATCHES)) - 1) / 2)
    assert clisi(cells) == pytest.approx((3 - np.median(lisi(X, TYPES))) / 2)
    parts = []
    for kind in range(3):
        own = kind == TYPES
        batches = BATCHES[own]
        parts.append((lisi(X[own], batches) - 1) / (len(set(batches)) - 1))
    assert cilisi(cells) == pytest.approx(np.concatenate(parts).mean())


def test_mixing_and_balance_are_made_of_harmonypys_lisi(cells):
    """Of each type: what mean LISI has above 1, over what shuffled batches of these sizes have."""
    harmonypy = pytest.importorskip("harmonypy")
    shares = []
    for kind in range(3):
        own = kind == TYPES
        table = pd.DataFrame({"batch": BATCHES[own].astype(str)})
        mean = harmonypy.compute_lisi(X[own], table, ["batch"], perplexity=30).mean()
        sizes = np.unique(BATCHES[own], return_counts=True)[1]
        most = own.sum() ** 2 / (sizes**2).sum()
        shares.append(own.sum() * min((mean - 1) / (most - 1), 1))
    expected = sum(shares) / N
    assert mixing(cells) == pytest.approx(expected, rel=1e-4)
    pure = np.array(c_ari(cells))
    np.testing.assert_allclose(
        balance(cells), 2 * pure * expected / (pure + expected), rtol=1e-4
    )  # fmt: skip


def test_types_that_one_batch_has_by_scikit_learns_silhouettes():
    """Types 2 and 3 are lacking in a batch each: isolated among all, apart among themselves."""
    types = np.where((TYPES == 1) & (RNG.random(N) < 0.5), 3, TYPES)
    batches = np.select([types == 2, types == 3], [0, 1], BATCHES)
    cells = Cells(X, types, batches)
    of_all = silhouette_samples(X, types)
    expected = np.mean([(of_all[types == kind].mean() + 1) / 2 for kind in (2, 3)])
    assert isolated(cells) == pytest.approx(expected, abs=1e-6)
    some = types > 1
    assert unshared_apart(cells) == pytest.approx(
        silhouette_score(X[some], types[some]), abs=1e-6
    )  # fmt: skip


def test_silhouettes_are_scikit_learns(cells):
    found = widths(cells.distances, cells.types)
    np.testing.assert_allclose(found, silhouette_samples(cells.x, cells.types), atol=1e-6)
    some = cells.types != 1
    found = widths(cells.distances, cells.types, some)[some]
    expected = silhouette_samples(cells.x[some], cells.types[some])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    alone = np.arange(N)
    assert (widths(cells.distances, alone) == 0).all()


def test_bras_and_isolated_types_are_scib_metrics(cells):
    scib = pytest.importorskip("scib_metrics")
    assert bras(cells) == pytest.approx(scib.bras(X, TYPES, BATCHES), abs=1e-5)
    expected = scib.isolated_labels(X, TYPES, BATCHES)
    assert isolated(cells) == pytest.approx(expected, abs=1e-5)


def test_pcr_is_scib_metrics(cells):
    scib = pytest.importorskip("scib_metrics")
    expected = scib.utils.principal_component_regression(X, BATCHES, categorical=True)
    assert pcr(cells) == pytest.approx(expected, abs=1e-4)


def test_kbet_cell_by_cell(cells):
    shares = []
    for kind in range(3):
        x, batches = X[kind == TYPES], BATCHES[kind == TYPES]
        groups, sizes = np.unique(batches, return_counts=True)
        k = int(np.clip(np.floor(sizes.mean() / 4), 10, 70))
        accepted = []
        for i in range(len(x)):
            distance = np.linalg.norm(x - x[i], axis=1)
            near = [j for j in np.argsort(distance) if j != i][:k]
            statistic = sum(
                ((batches[near] == g).sum() - k * s / len(x)) ** 2 / (k * s / len(x))
                for g, s in zip(groups, sizes, strict=True)
            )
            accepted.append(chi2.sf(statistic, len(groups) - 1) >= 0.05)
        shares.append(np.mean(accepted))
    assert kbet(cells) == pytest.approx(np.mean(shares))


def test_connectivity_by_hand():
    """A type in two far places of 20 and 60 cells, the other in one: (60 / 80 + 1) / 2."""
    x = RNG.normal(0, 0.1, (120, 2))
    x[:20] += 50
    x[80:] -= 50
    types = np.repeat([0, 1], [80, 40])
    assert connectivity(Cells(x, types, np.arange(120) % 2)) == pytest.approx((0.75 + 1) / 2)


def test_connectivity_walks_the_neighbours_of_each_cell(cells):
    near = np.argsort(np.linalg.norm(X[:, None] - X, axis=2), axis=1)[:, 1:16]
    shares = []
    for kind in range(3):
        own, largest = set(np.flatnonzero(kind == TYPES)), 0
        size = len(own)
        links = {i: set(near[i]) & own for i in own}
        for i in own:
            for j in links[i].copy():
                links[j].add(i)
        while own:
            reached, ends = set(), {own.pop()}
            while ends:
                reached |= ends
                ends = set().union(*(links[i] for i in ends)) - reached
            own -= reached
            largest = max(largest, len(reached))
        shares.append(largest / size)
    assert connectivity(cells) == pytest.approx(np.mean(shares))


def test_terms_of_the_paper_on_each_subsample(cells):
    """Types and batches come from the same subsamples; batches count on shared types only."""
    assert cells.subsamples.shape == (20, N)
    for kind in range(3):
        share = cells.subsamples[:, cells.types == kind].mean(axis=1)
        np.testing.assert_allclose(share, 0.8, atol=0.01)
    assert (cells.shared == (cells.types != 2)).all()
    sample = cells.subsamples[3]
    use = sample & cells.shared
    found = np.full(N, -1)
    found[sample] = cells.clusters[3]
    expected = [
        adjusted_rand_score(cells.types[sample], found[sample]),
        adjusted_rand_score(cells.batches[use], found[use]),
        (silhouette_score(cells.x[sample], cells.types[sample]) + 1) / 2,
        (silhouette_score(cells.x[use], cells.batches[use]) + 1) / 2,
    ]
    values = [metric(cells)[3] for metric in (c_ari, b_ari, c_asw, b_asw)]
    np.testing.assert_allclose(values, expected, atol=1e-6)
    c, b = expected[:2]
    assert f1_ari(cells)[3] == pytest.approx(2 * c * (1 - b) / (c + 1 - b), abs=1e-6)
    found = measure("batch", cells)
    np.testing.assert_allclose(found["one_minus_b_ari"], 1 - np.array(b_ari(cells)))
    np.testing.assert_allclose(found["one_minus_b_asw"], 1 - np.array(b_asw(cells)))
    c, b = expected[2:]
    assert f1_asw(cells)[3] == pytest.approx(2 * c * (1 - b) / (c + 1 - b), abs=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "mean"), [(0.5, 1, 2 / 3), (-0.2, 1, 0), (0, 0, 0), (1, 1.2, 1)]
)
def test_harmonic_mean(a, b, mean):
    assert harmonic(a, b) == pytest.approx(mean)


def test_of_many_cells_a_sample_counts_the_same_for_each_embedding():
    n = MOST_CELLS + 500
    first, second = (
        Cells(np.arange(n)[:, None] * scale, np.zeros(n), np.zeros(n)) for scale in (1, 2)
    )
    assert len(first.x) == MOST_CELLS
    np.testing.assert_array_equal(first.embedding * 2, second.embedding)


def test_the_order_of_the_cells_does_not_matter():
    order = RNG.permutation(N)
    one, other = Cells(X, TYPES, BATCHES), Cells(X[order], TYPES[order], BATCHES[order])
    for metric in (cilisi, ilisi, bras, kbet, pcr, connectivity):
        assert metric(one) == pytest.approx(metric(other), abs=1e-9)
