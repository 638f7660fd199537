"""Simulated data: the distribution it promises, its structure, and its seeds."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score

from clear.benchmark.data import simulate as module
from clear.benchmark.data.simulate import simulate
from clear.errors import ClearError


def normalised(adata) -> np.ndarray:
    counts = adata.X.toarray()
    return np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4)


def test_counts_are_negative_binomial():
    counts = simulate(20_000, 40, 1, seed=3).X.toarray().astype(float)
    assert (counts == np.rint(counts)).all() and counts.min() == 0
    # Library sizes L are log-normal: with a share p of them, E[x] = p E[L] and
    # Var[x] = E[Lp] + DISPERSION E[(Lp)^2] + Var[Lp], where E[L^2] = E[L]^2 exp(sd^2).
    mean, spread = counts.mean(axis=0), np.exp(module.LIBRARY_SD**2)
    expected = mean + mean**2 * (module.DISPERSION * spread + spread - 1)
    np.testing.assert_allclose(counts.var(axis=0), expected, rtol=0.1)
    library = counts.sum(axis=1)
    assert np.median(library) == pytest.approx(module.LIBRARY_SIZE, rel=0.02)


def test_gene_levels_are_log_normal():
    mean = simulate(600, 2000, 1, seed=1).X.mean(axis=0)
    assert np.log(np.asarray(mean) + 1e-3).std() == pytest.approx(module.GENE_SD, rel=0.1)


def test_dropout_zeroes_its_share():
    kept, thinned = (simulate(500, 200, 3, dropout=d, seed=5).X.toarray() for d in (0, 0.4))
    survived = thinned > 0
    assert (thinned[survived] == kept[survived]).all()
    assert survived.sum() / (kept > 0).sum() == pytest.approx(0.6, abs=0.01)


def test_types_are_recoverable():
    adata = simulate(400, 500, 4, seed=2)
    points = PCA(10, random_state=0).fit_transform(normalised(adata))
    found = KMeans(4, n_init=10, random_state=0).fit_predict(points)
    assert adjusted_rand_score(adata.obs["cell_type"], found) > 0.9
    assert adata.obs["cell_type"].value_counts().tolist() == [100] * 4


def test_batches_shift_genes_and_are_crossed_with_types():
    adata = simulate(600, 300, 3, batches=2, seed=4)
    assert adata.obs.groupby(["cell_type", "batch"]).size().tolist() == [100] * 6
    one = adata.obs["batch"] == "batch_0"
    values = normalised(adata)
    shift = np.abs(values[one].mean(axis=0) - values[~one].mean(axis=0))
    half = np.arange(len(values)) % 4 < 2
    noise = np.abs(values[half].mean(axis=0) - values[~half].mean(axis=0))
    assert np.median(shift) > 5 * np.median(noise)


def test_the_strength_of_a_batch_effect_is_its_share_in_the_logarithm():
    """Twice the strength, twice the log fold change between two batches; 0: none."""
    changes = []
    for strength in (0, 1, 2):
        adata = simulate(4000, 100, 1, batches=2, batch_strength=strength, dropout=0, seed=4)
        one = (adata.obs["batch"] == "batch_0").to_numpy()
        means = [
            np.asarray(adata.X[use].sum(axis=0)).ravel() / adata.X[use].sum() for use in (one, ~one)
        ]
        changes.append(np.log(means[0] / means[1]))
    assert np.median(np.abs(changes[0])) < 0.03
    assert changes[1].std() == pytest.approx(module.BATCH_SD * np.sqrt(2), rel=0.25)
    assert np.polyfit(changes[1], changes[2], 1)[0] == pytest.approx(2, abs=0.1)


def test_unshared_types_are_in_one_batch_each():
    table = simulate(600, 20, 5, batches=2, unshared_types=3, seed=4).obs.value_counts().unstack()
    assert (table.notna().to_numpy() == [[1, 1], [1, 1], [1, 0], [0, 1], [1, 0]]).all()
    with pytest.raises(ClearError, match="unshared_types 3 is more than the 2 types"):
        simulate(10, 5, 2, batches=2, unshared_types=3)


def test_trajectory_is_ordered():
    adata = simulate(500, 400, 1, stages=5, seed=6)
    stage = adata.obs["stage"].str.removeprefix("stage_").astype(int)
    assert (np.floor(adata.obs["time"] * 5).astype(int) == stage).all()
    first = PCA(1, random_state=0).fit_transform(normalised(adata))[:, 0]
    assert abs(np.corrcoef(first, adata.obs["time"])[0, 1]) > 0.9


def test_columns_only_where_asked_for():
    assert list(simulate(10, 5, 2).obs) == ["cell_type"]
    both = simulate(10, 5, 1, batches=2, stages=2).obs
    assert list(both) == ["cell_type", "batch", "stage", "time"]


OPTIONS = {"genes": 60, "types": 3, "batches": 2, "stages": 2, "dropout": 0.2, "seed": 9}


def test_same_seed_same_numbers():
    one, two = simulate(300, **OPTIONS), simulate(300, **OPTIONS)
    assert (one.X != two.X).nnz == 0 and one.obs.equals(two.obs)
    other = simulate(300, **OPTIONS | {"seed": 10})
    assert (one.X != other.X).nnz > 1000


def test_larger_dataset_begins_with_the_smaller_one():
    small, large = simulate(300, **OPTIONS), simulate(900, **OPTIONS)
    assert (large.X[:300] != small.X).nnz == 0
    assert small.obs.equals(large.obs[:300])


def test_shape_and_format():
    adata = simulate(257, 11, 2)
    assert adata.shape == (257, 11) and adata.X.format == "csr" and adata.X.dtype == np.float32
    assert adata.obs_names.is_unique and adata.var_names.is_unique
    assert adata.uns["unit"] == "counts"


@pytest.mark.parametrize("change", [{"types": 20}, {"batches": 3, "stages": 3, "types": 2}])
def test_too_few_cells_for_all_combinations(change):
    with pytest.raises(ClearError, match="simulate: 10 cells are too few for"):
        simulate(**{"cells": 10, "genes": 5, "types": 2} | change)
