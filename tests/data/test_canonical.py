"""Labels, batches and names of genes by what the card says of them, and what it expects."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.canonical import canonical
from clear.benchmark.data.checks import check_expected
from clear.errors import ClearError

COUNTS = np.array([[0, 3, 0], [1, 0, 2], [0, 0, 5], [4, 5, 6]])
KINDS = ["x", "y", "y", "z"]
LABEL = {"cell_type": ["kind"], "batch": [], "stage": []}
NO_LABEL = LABEL | {"cell_type": []}


def make(card=None, columns=LABEL, var=None, **obs):
    table = pd.DataFrame({"kind": KINDS, **obs}, index=["c1", "c2", "c3", "c4"])
    genes = pd.DataFrame(var or {}, index=["g1", "g2", "g3"])
    raw = AnnData(sparse.csr_matrix(COUNTS.astype(float)), table, genes)
    return canonical(raw, {"id": "toy", "unit": "counts"} | (card or {}), columns)


def refused(*arguments, **keywords):
    with pytest.raises(ClearError) as caught:
        make(*arguments, **keywords)
    return str(caught.value)


def rule(**keys):
    return {"label_rule": keys}


def test_merged_labels_and_the_sizes_of_those_published():
    adata, record = make(rule(drop=["x"], merge={"both": ["y", "z"]}))
    assert adata.obs["cell_type"].to_dict() == {"c2": "both", "c3": "both", "c4": "both"}
    assert adata.obs["cell_type"].cat.categories.tolist() == ["both"]
    assert (adata.X.toarray() == COUNTS[1:]).all()
    assert record["published_labels"] == {"y": 2, "z": 1}
    assert record["dropped_labels"] == {"x": 1}


def test_a_label_may_take_the_name_of_one_that_is_replaced():
    adata, _ = make(rule(merge={"y": ["x"], "w": ["y"]}))
    assert adata.obs["cell_type"].tolist() == ["y", "w", "w", "z"]


def test_labels_to_merge_that_no_cell_has():
    message = refused(rule(merge={"both": ["y", "Z", "q"]}))
    assert (
        "`label_rule.merge` names labels that no cell has: Z, q. The labels are: x, y, z" in message
    )


def test_labels_to_drop_that_no_cell_has():
    message = refused(rule(drop=["", "3"]), kind=[1.0, 2.0, 2.0, 3.0])  # YAML has the text 3
    assert "`label_rule.drop` names labels that no cell has: 3. The labels are: 1.0, 2.0" in message
    assert "no cell has: q. The labels are: x, y, z." in refused(
        rule(drop=["q"]), kind=["x", "y", "z", None]
    )
    adata, _ = make(rule(drop=["3.0"]), kind=[1.0, 2.0, 2.0, 3.0])
    assert adata.obs["cell_type"].tolist() == ["1.0", "2.0", "2.0"]


@pytest.mark.parametrize("text", ["nan", "None", "NA", "<NA>", np.nan, None])
def test_text_that_stands_for_a_missing_value(text):
    kinds, shown = ["x", text, "y", "z"], text if isinstance(text, str) else ""
    message = refused(kind=kinds)
    assert f'1 of 4 cells have no label, but "{shown}"' in message
    assert f'`label_rule: {{drop: ["{shown}"]}}`' in message
    adata, record = make(rule(drop=["", "nan", "None", "NA", "<NA>"]), kind=kinds)
    assert adata.obs["cell_type"].tolist() == ["x", "y", "z"]
    assert record["dropped_labels"] == {shown: 1}
    batches = LABEL | {"batch": ["donor"]}
    assert f"no batch in the column 'donor', but {shown!r}" in refused(None, batches, donor=kinds)
    several = LABEL | {"batch": [["kind", "donor"]]}
    assert "no batch in the column 'kind / donor'" in refused(None, several, donor=kinds)


def test_a_type_may_be_called_na():
    adata, _ = make(rule(merge={"natural killer": ["NA"]}), kind=["x", "NA", "y", "z"])
    assert adata.obs["cell_type"].tolist() == ["x", "natural killer", "y", "z"]


def test_a_rule_that_leaves_no_cell():
    assert "`label_rule.drop` leaves none of 4 cells" in refused(rule(drop=KINDS))


def test_without_published_types_all_cells_have_one():
    adata, record = make({"label": None}, NO_LABEL, kind=["", None, "y", "z"])
    assert adata.obs["cell_type"].tolist() == ["unlabelled"] * 4
    assert record["cells"]["dropped_by_label"] == 0


def test_a_batch_of_several_columns():
    columns = LABEL | {"batch": [["donor", "run"]]}
    obs = {"donor": [" d1", "d1", "d2", "d2"], "run": pd.Categorical([1, 2, 1, 1])}
    adata, _ = make(columns=columns, **obs)
    assert adata.obs["batch"].tolist() == ["d1 / 1", "d1 / 2", "d2 / 1", "d2 / 1"]


def test_a_batch_that_lacks_a_part_in_some_cells():
    columns = LABEL | {"batch": [["donor", "run"]]}
    obs = {"donor": ["d1", "", "d2", None], "run": ["1", "2", np.nan, None]}
    assert "3 cells have no batch in the column 'donor / run'" in refused(columns=columns, **obs)
    adata, _ = make(rule(drop=["y", "z"]), columns, **obs)  # only cells that stay need one
    assert adata.obs["batch"].tolist() == ["d1 / 1"]


def test_a_batch_that_lacks_a_column():
    message = refused(columns=LABEL | {"batch": [["donor", "run"]]}, donor="d")
    assert "there is no column 'run' (`batch` in the card)" in message and "kind, donor" in message


def test_genes_are_named_by_the_column_of_choice():
    var = {"gene_id": ["E1", "E2", "E3"], "gene_symbol": ["A", "B", "A"]}
    adata, record = make({"genes": "gene_symbol"}, var=var)
    assert adata.var["gene"].tolist() == ["A", "B", "A"]
    assert adata.var_names.tolist() == ["A", "B", "A-1"]
    assert adata.var["gene_id"].tolist() == ["E1", "E2", "E3"]
    assert record["genes"] == {"in_file": 3, "renamed_duplicates": 1}
    assert make(var=var)[0].var["gene"].tolist() == ["g1", "g2", "g3"]


def test_a_column_of_genes_that_is_not_there():
    message = refused({"genes": "gene_id"}, var={"gene_symbol": list("ABC")})
    assert "no column 'gene_id' (`genes` in the card); they have: gene_symbol" in message


def test_expected_sizes():
    obs = make()[0].obs
    check_expected(obs, 3, {"sizes": {"x": 1, "y": 2, "z": 1}}, "toy")
    with pytest.raises(ClearError) as caught:
        check_expected(obs, 3, {"cells": 4, "sizes": {"x": 1, "y": 3, "w": 1}}, "toy")
    for part in ("1 cells of 'w', found 0", "3 cells of 'y', found 2", "0 cells of 'z', found 1"):
        assert f"expected {part}" in str(caught.value)
    assert "'x'" not in str(caught.value) and "4 cells," not in str(caught.value)
