"""ComBat (Johnson, Li and Rabinovic, Biostatistics 2007) from scanpy, then principal components.

The log-normalised, highly variable genes are corrected for the batch without other covariates: cell
types are unknown. Settings: ``n_components`` (fewer if there are fewer cells or genes).
"""

import anndata
import numpy as np
import pandas as pd
import scanpy
from contract import not_applicable, read_input, read_params, write_embedding
from sklearn.decomposition import PCA

params = read_params({"n_components": 50})
data = read_input(params)
names, sizes = np.unique(data.batch, return_counts=True)
if sizes.min() < 2:
    not_applicable(
        f"ComBat estimates a variance per batch; the batch {names[sizes.argmin()]!r} has one cell"
    )
X = data.dense("X", highly_variable=True).astype("float64")
adata = anndata.AnnData(
    X[:, X.std(axis=0) > 0], obs=pd.DataFrame({"batch": data.batch}, data.cells)
)
scanpy.pp.combat(adata, key="batch")
n_components = min(params.settings["n_components"], min(adata.shape) - 1)
pca = PCA(n_components, svd_solver="arpack", random_state=params.seed)
write_embedding(params, pca.fit_transform(adata.X), data.cells)
