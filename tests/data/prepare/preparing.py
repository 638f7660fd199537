"""A dataset of five cells, settings that keep three of them, and the steps of a record."""

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

SETTINGS = {
    "min_genes": 2,
    "min_cells": 2,
    "max_mito": None,
    "max_ercc": None,
    "target_sum": 1e4,
    "n_top_genes": 2000,
    "hvg_flavor": "seurat",
    "scale": None,
}
COUNTS = np.array(
    [
        [4, 0, 2, 0, 0],
        [1, 3, 0, 0, 0],
        [0, 0, 0, 0, 0],  # no expression
        [0, 0, 9, 0, 0],  # one gene only
        [2, 2, 2, 5, 0],  # the fourth gene is found nowhere else
    ]
)


def dataset(values=COUNTS, unit="counts", genes=None, **obs) -> ad.AnnData:
    obs = {"cell_type": [f"kind{i % 2}" for i in range(len(values))], **obs}
    table = pd.DataFrame(obs, index=[f"original{i}" for i in range(len(values))])
    table["cell_type"] = table["cell_type"].astype("category")
    genes = [f"g{j}" for j in range(values.shape[1])] if genes is None else genes
    var = pd.DataFrame({"gene": genes}, index=genes)
    adata = ad.AnnData(sparse.csr_matrix(values, dtype=np.float32), table, var)
    adata.uns = {"unit": unit, "dataset": "toy"}
    return adata


def steps(record) -> list[tuple]:
    keys = ("filter", "applied", "cells_lost", "genes_lost", "cells", "genes")
    return [tuple(step[key] for key in keys) for step in record["filters"]]
