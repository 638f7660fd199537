"""contrastive-sc (Ciortan and Defrance 2021) on the z-scores of its own highly variable genes.

Settings: ``n_top_genes``, ``epochs``, ``batch_size``, ``learning_rate``.
"""

import anndata
import scanpy
import torch
from contract import read_input, read_params, write_embedding
from contrastive_sc import embed
from scipy.sparse import csr_matrix

defaults = {"n_top_genes": 500, "epochs": 30, "batch_size": 200, "learning_rate": 0.4}
params = read_params(defaults)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
adata = anndata.AnnData(csr_matrix((values, indices, indptr), shape).ceil())
scanpy.pp.filter_genes(adata, min_counts=1)
scanpy.pp.normalize_total(adata)  # to the median cell's sum
scanpy.pp.log1p(adata)
scanpy.pp.highly_variable_genes(
    adata, n_top_genes=min(settings["n_top_genes"], adata.n_vars), subset=True
)
scanpy.pp.scale(adata)
embedding = embed(
    adata.X,
    settings["epochs"],
    settings["batch_size"],
    settings["learning_rate"],
    params.seed,
    torch.device("cuda" if has_gpu else "cpu"),
)
write_embedding(params, embedding, data.cells)
