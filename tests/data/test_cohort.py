"""The simulated cohort has the truth that it says."""

import numpy as np
import pytest

from clear.benchmark.data.cohort import simulate_cohort
from clear.benchmark.data.cohort_genes import (
    SETS,
    SHARES,
    STATUSES,
    known_genes,
    true_changes,
    true_shares,
)
from clear.errors import ClearError


def test_true_shares_sum_to_one_and_only_four_types_change():
    table = true_shares().pivot(index="type", columns="status", values="share")
    assert table.sum().to_numpy() == pytest.approx(1)
    same = table.eq(table["healthy"], axis=0).all(axis=1)
    assert sorted(same.index[~same]) == ["CD16 monocyte", "DC", "NK", "plasmablast"]
    flat = true_shares(0).pivot(index="type", columns="status", values="share")
    assert flat.eq(flat["healthy"], axis=0).all(axis=None)


def test_donors_have_one_status_and_as_many_cells():
    adata = simulate_cohort(cells=400, genes=200, donors=7, seed=3)
    assert adata.shape == (400, 200) and (adata.X.data == np.rint(adata.X.data)).all()
    by_donor = adata.obs.groupby("donor")
    assert (by_donor["status"].nunique() == 1).all() and by_donor.ngroups == 7
    assert np.ptp(by_donor.size()) <= 1
    assert set(adata.obs["status"]) == set(STATUSES) and set(known_genes()) < set(adata.var_names)
    again = simulate_cohort(cells=400, genes=200, donors=7, seed=3)
    assert (adata.X != again.X).nnz == 0 and adata.obs.equals(again.obs)


def test_changes_of_genes_in_monocytes_are_those_declared():
    adata = simulate_cohort(cells=3000, genes=300, donors=60, donor_sd=0.1, seed=0)
    X = adata.X.toarray()
    X /= X.sum(axis=1, keepdims=True)
    obs = adata.obs
    of_type = obs["cell_type"].to_numpy() == "CD14 monocyte"
    others = obs["cell_type"].to_numpy() == "B"

    def log2fc(genes, status, cells):
        columns = adata.var_names.get_indexer(list(genes))
        means = [
            X[cells & (obs["status"] == name).to_numpy()][:, columns].mean(axis=0)
            for name in (status, "healthy")
        ]
        return np.log2(means[0] / means[1]).mean()

    for (name, status), part in true_changes().groupby(["set", "status"]):
        # normalisation to the total of a cell moves all genes by as much, some 0.1
        assert log2fc(SETS[name], status, of_type) == pytest.approx(part["log2fc"].mean(), abs=0.35)
    assert log2fc(SETS["ISG"], "severe", others) == pytest.approx(0, abs=0.15)


def test_shares_of_many_donors_are_near_the_expected():
    adata = simulate_cohort(cells=9000, genes=110, donors=90, seed=1)
    seen = adata.obs.groupby("status")["cell_type"].value_counts(normalize=True).unstack()
    for name, expected in SHARES.items():
        assert seen.loc[list(STATUSES), name].to_numpy() == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": 90, "genes": 200, "donors": 2}, "needs 3 donors or more, not 2"),
        ({"cells": 5, "genes": 200, "donors": 6}, "needs 6 cells or more, not 5"),
        ({"cells": 90, "genes": 50, "donors": 6}, "genes or more, not 50"),
    ],
)
def test_too_few(arguments, message):
    with pytest.raises(ClearError, match=message):
        simulate_cohort(**arguments)
