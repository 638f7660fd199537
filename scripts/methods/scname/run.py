"""scNAME (Wan, Chen and Deng 2022) on its own highly variable genes.

Told the number of types, as its authors are. Settings: ``n_top_genes``; ``pretrain_epochs`` and
``cluster_epochs``, of which the second are a maximum; ``batch_size``; ``learning_rate``.
"""

import anndata
import numpy as np
import scanpy
import torch
from contract import read_input, read_params, write_clusters, write_embedding
from scipy.sparse import csr_matrix
from scname import Training

params = read_params(
    {
        "n_top_genes": 1000,
        "pretrain_epochs": 500,
        "cluster_epochs": 1000,
        "batch_size": 128,
        "learning_rate": 1e-4,
    }
)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
adata = anndata.AnnData(csr_matrix((values, indices, indptr), shape).ceil())
scanpy.pp.filter_genes(adata, min_counts=1)
adata.layers["counts"] = adata.X.copy()
totals = adata.X.sum(axis=1).A1
scanpy.pp.normalize_total(adata)  # to the median cell's sum
scanpy.pp.log1p(adata)
scanpy.pp.highly_variable_genes(
    adata, n_top_genes=min(settings["n_top_genes"], adata.n_vars), subset=True
)
scanpy.pp.scale(adata)
training = Training(
    adata.X,
    adata.layers["counts"].toarray(),
    totals / np.median(totals),
    settings["batch_size"],
    settings["learning_rate"],
    params.seed,
    torch.device("cuda" if has_gpu else "cpu"),
)
training.pretrain(settings["pretrain_epochs"])
embedding, labels = training.cluster(params.n_clusters, settings["cluster_epochs"])
write_embedding(params, embedding, data.cells)
write_clusters(params, labels, data.cells, track="given_k")
