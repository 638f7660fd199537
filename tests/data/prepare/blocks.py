"""A dataset that is prepared in blocks, by settings that keep two thirds of it."""

import anndata as ad
import numpy as np
import pandas as pd
from scipy import sparse

RUN = {
    "min_genes": 40,
    "min_cells": 3,
    "max_mito": 0.2,
    "max_ercc": None,
    "target_sum": 1e4,
    "n_top_genes": 100,
    "hvg_flavor": "seurat",
    "scale": None,
}
CARD = {"id": "toy", "tasks": []}
FILES = ("input.h5ad", "truth.tsv", "prepare.json")


def canonical(values, unit="counts", **obs) -> ad.AnnData:
    """Return a dataset in canonical shape, every tenth gene a mitochondrial one."""
    genes = [f"mt-{j}" if j % 10 == 0 else f"g{j}" for j in range(values.shape[1])]
    cells = pd.Index([f"original{i}" for i in range(values.shape[0])])
    table = pd.DataFrame({"cell_type": pd.Categorical(np.arange(len(cells)) % 3)}, index=cells)
    var = pd.DataFrame({"gene": genes}, index=genes)
    adata = ad.AnnData(sparse.csr_matrix(values, dtype=np.float32), table.assign(**obs), var)
    adata.uns = {"unit": unit, "dataset": "toy"}
    return adata
