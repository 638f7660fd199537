"""Both tests on cohorts whose truth is known, and what is said where donors are not compared."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.casestudy.differential import differential
from clear.benchmark.casestudy.known import with_truth
from clear.benchmark.casestudy.study import log_normalised
from clear.benchmark.data.cohort import simulate_cohort

STATUSES = ["healthy", "moderate", "severe"]


def compared(cohort, kind, statuses=STATUSES, genes=None):
    """Tables of the cells of one type of a cohort, with the errors."""
    mine = cohort[cohort.obs["cell_type"] == kind]
    x, counts = log_normalised(mine.X), mine.X
    names = mine.var_names.to_numpy()
    if genes is not None:
        x, counts, names = x[:, genes], counts[:, genes], names[genes]
    cells = mine.obs.rename(columns={"cell_type": "type"}).astype(str)
    return differential(x, sparse.csr_matrix(counts), names, cells, statuses)


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(cells=3600, genes=300, donors=12, donor_sd=0.25, seed=3)


def test_the_known_genes_are_found_by_donors_with_few_errors(cohort):
    genes, contrasts = compared(cohort, "CD14 monocyte")
    contrasts = with_truth(contrasts, genes, 1.0).set_index("status")
    for status in STATUSES[1:]:
        errors = contrasts.loc[status]
        assert errors["changed"] > 35
        assert errors["missed_donors"] <= 0.35 * errors["changed"]
        # Four donors a status; the test by cells calls many more genes that do not change.
        assert errors["false_donors"] <= 0.15 * errors["found_donors"]
        assert errors["false_cells"] > 5 * max(errors["false_donors"], 1)


def test_fold_changes_by_donors_are_those_of_the_simulation(cohort):
    genes, _ = compared(cohort, "CD14 monocyte")
    part = genes[(genes["status"] == "moderate") & genes["gene"].str.match("IFI|OAS|ISG|MX")]
    assert part["log2fc_donors"].mean() == pytest.approx(2.0, abs=0.4)


def test_genes_that_differ_between_donors_only_are_found_by_cells():
    null = simulate_cohort(
        cells=3600, genes=300, donors=12, donor_sd=0.25, seed=4, status_strength=0.0
    )
    genes, contrasts = compared(null, "CD4 T", ["healthy", "severe", "moderate"], slice(200, 300))
    errors = with_truth(contrasts, genes, 0.0)
    assert errors["changed"].eq(0).all()
    assert (errors["false_cells"] >= 10).all() and (errors["false_donors"] <= 1).all()


def test_a_status_with_one_donor_is_compared_by_cells_only(cohort):
    few = cohort[~cohort.obs["donor"].isin(["donor_06", "donor_09", "donor_12"])]
    genes, contrasts = compared(few, "CD14 monocyte", genes=slice(0, 40))
    contrasts = contrasts.set_index("status")
    assert contrasts.loc["severe", "reason"] == (
        "no test by donors: 1 donor of status severe with 10 or more such cells; a status needs 2"
    )
    assert pd.isna(contrasts.loc["moderate", "reason"])
    severe = genes[genes["status"] == "severe"]
    assert severe["p_donors"].isna().all() and severe["p_cells"].notna().all()


def test_values_that_are_no_counts_are_compared_by_cells_only(cohort):
    mine = cohort[cohort.obs["cell_type"] == "B"][:, :20]
    cells = mine.obs.rename(columns={"cell_type": "type"}).astype(str)
    x = log_normalised(mine.X)
    _, contrasts = differential(x, x, mine.var_names.to_numpy(), cells, STATUSES)
    assert contrasts["reason"].str.contains("unit of the dataset's card must be counts").all()
    assert contrasts["n_donors"].tolist() == [4, 4] and (contrasts["tested_cells"] > 0).all()


def test_without_a_sure_cell_there_is_nothing_to_compare():
    none = pd.DataFrame(columns=["type", "donor", "status"])
    empty = sparse.csr_matrix((0, 2))
    tables = differential(empty, empty, np.array(["A", "B"]), none, STATUSES)
    assert all(table.empty for table in tables)
    assert with_truth(tables[1], tables[0], None).empty


def test_log_normalised_values_are_those_of_scanpy(cohort):
    import scanpy as sc

    data = cohort[:50].copy()
    x = log_normalised(data.X).toarray()
    sc.pp.normalize_total(data, target_sum=1e4)
    sc.pp.log1p(data)
    np.testing.assert_allclose(x, data.X.toarray(), rtol=1e-5)
