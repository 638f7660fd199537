"""iMAP (Wang et al., Genome Biology 2021), the package itself, then principal components.

Both of its stages after its own preprocessing: an autoencoder whose code leaves the batch out, and
for each batch but the anchor, the one that varies most, an adversarial network that turns its cells
into cells of the anchor, learned from cells that are neighbours in the code. The result is
corrected expression; the embedding is its principal components, as in its authors' tutorial.
Settings: ``n_top_genes``, ``encoder_epochs`` and ``gan_epochs`` of the two stages,
``n_components`` (fewer if there are fewer cells or genes).
"""

import anndata
import numpy as np
import pandas as pd
import torch
from contract import not_applicable, read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA

if not hasattr(np, "bool8"):
    np.bool8 = np.bool_  # the package asks for the name that numpy 2 dropped

from imap.stage1 import data_preprocess, extract_data, iMAP_fast
from imap.stage2 import integrate_data

params = read_params(
    {"n_top_genes": 2000, "encoder_epochs": 150, "gan_epochs": 150, "n_components": 50}
)
settings = params.settings
torch.set_num_threads(params.threads)
if params.device == "cuda" and not torch.cuda.is_available():
    raise RuntimeError("the device is cuda, but this torch sees no GPU")
data = read_input(params)
batches, sizes = np.unique(data.batch, return_counts=True)
if sizes.min() < 2:
    not_applicable(f"iMAP mixes cells of a batch; '{batches[sizes.argmin()]}' has one cell")

values, indices, indptr, shape = data.csr("counts")
counts = csr_matrix((values, indices, indptr), shape)
adata = anndata.AnnData(
    counts[:, counts.getnnz(axis=0) > 0], obs=pd.DataFrame({"batch": data.batch}, data.cells)
)
genes = min(settings["n_top_genes"], adata.n_vars)
# no cell may be lost, and genes were filtered by the recipe
filters = {"n_top_genes": genes, "min_genes": 0, "min_cells": 0}
try:
    chosen = data_preprocess(adata, "batch", **filters)
except ValueError as error:  # the regression that finds variable genes, in a batch of few cells
    print(f"variable genes of all batches together, since in one of them: {error}")
    chosen = data_preprocess(adata, None, **filters)
adata = chosen.copy()
adata.X = adata.X.toarray()

_, code = iMAP_fast(adata, key="batch", n_epochs=settings["encoder_epochs"], seed=params.seed)
# Its rule, a hundredth of the cells of the smaller batch, gives no neighbour below 100 cells, and
# then fails. It goes by the anchor and the batch that comes next.
_, order = extract_data(adata, "batch", list(batches))
few = {"k1": 1, "k2": 1} if sizes[order[:2]].min() < 100 else {}
corrected = integrate_data(adata, code, n_epochs=settings["gan_epochs"], seed=params.seed, **few)
n_components = min(settings["n_components"], min(corrected.shape) - 1)
pca = PCA(n_components, svd_solver="arpack", random_state=params.seed)
write_embedding(params, pca.fit_transform(corrected.astype("float64")), adata.obs_names)
