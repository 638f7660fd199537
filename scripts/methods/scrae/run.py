"""scRAE (Mondal et al. 2022) on log2(x + 1) of its own highly variable genes.

Settings: ``n_top_genes``, ``epochs``, ``batch_size``, ``learning_rate`` of the autoencoder and
``critic_learning_rate`` of critic and generator.
"""

import anndata
import numpy as np
import scanpy
import torch
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from scrae import embed

params = read_params(
    {
        "n_top_genes": 720,
        "epochs": 200,
        "batch_size": 16,
        "learning_rate": 9e-4,
        "critic_learning_rate": 9e-5,
    }
)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
adata = anndata.AnnData(csr_matrix((values, indices, indptr), shape))
scanpy.pp.filter_genes(adata, min_counts=1)
counts = adata.X.copy()
scanpy.pp.normalize_total(adata)
scanpy.pp.log1p(adata)
n_top_genes = min(settings["n_top_genes"], adata.n_vars)
genes = scanpy.pp.highly_variable_genes(adata, n_top_genes=n_top_genes, inplace=False)
X = np.log2(counts[:, genes["highly_variable"].to_numpy()].toarray() + 1)
embedding = embed(
    X / X.max(),
    settings["epochs"],
    settings["batch_size"],
    settings["learning_rate"],
    settings["critic_learning_rate"],
    params.seed,
    torch.device("cuda" if has_gpu else "cpu"),
)
write_embedding(params, embedding, data.cells)
