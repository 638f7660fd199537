"""CONCORD (Zhu et al., Nature Biotechnology 2026) as the quick start of concord-sc runs it.

Variable genes by seurat_v3 on the linear-scale values, cells scaled to their median total, log1p,
one domain unless the card asks for the batch. The rows of the embedding get unit length: its
authors compare cells by the cosine, and scoring measures Euclidean distances. Settings:
``n_top_features``; ``preload_dense``; any other goes to ``concord.Concord`` (``n_epochs``,
``batch_size``, ``latent_dim``, ``clr_beta``, ...).
"""

import anndata
import concord
import pandas as pd
import scanpy
import torch
from contract import read_input, read_params, write_embedding
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

params = read_params()
settings = dict(params.settings)
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")
data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
adata = anndata.AnnData(
    csr_matrix((values, indices, indptr), shape),
    obs=pd.DataFrame(index=data.cells),
    var=pd.DataFrame(index=[f"gene_{number}" for number in range(shape[1])]),
)
n_top_features = min(settings.pop("n_top_features"), shape[1])
genes = concord.ul.select_features(adata, n_top_features=n_top_features, flavor="seurat_v3")
scanpy.pp.normalize_total(adata)
scanpy.pp.log1p(adata)
if data.batch is not None:
    adata.obs["batch"] = data.batch
model = concord.Concord(
    adata,
    save_dir=None,
    input_feature=genes,
    domain_key=None if data.batch is None else "batch",
    device=torch.device("cuda:0" if has_gpu else "cpu"),
    seed=params.seed,
    **settings,
)
model.fit_transform(output_key="concord")
write_embedding(params, normalize(adata.obsm["concord"]), data.cells)
