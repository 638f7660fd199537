"""scDeepCluster (Tian et al. 2019) on genes of its own choice.

Told the number of types, as its authors are. Settings: ``n_top_genes``; ``pretrain_epochs`` and
``cluster_epochs``, of which the second are a maximum; ``batch_size``; ``learning_rate`` of the
pretraining; ``noise``, ``gamma`` and ``tolerance``, see :class:`scdeepcluster.Training`.
"""

import anndata
import numpy as np
import scanpy
import torch
from contract import read_input, read_params, write_clusters, write_embedding
from genes import select_genes
from scdeepcluster import Training
from scipy.sparse import csr_matrix

params = read_params(
    {
        "n_top_genes": 2000,
        "pretrain_epochs": 300,
        "cluster_epochs": 2000,
        "batch_size": 256,
        "learning_rate": 1e-3,
        "noise": 2.5,
        "gamma": 1.0,
        "tolerance": 1e-3,
    }
)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
counts = csr_matrix((values, indices, indptr), shape).ceil()
counts = counts[:, select_genes(counts, settings["n_top_genes"])]
totals = np.maximum(counts.sum(axis=1).A1, 1)  # a cell may have none of the genes
adata = anndata.AnnData(counts.copy())
scanpy.pp.normalize_total(adata)  # to the median cell's sum
scanpy.pp.log1p(adata)
scanpy.pp.scale(adata)
training = Training(
    adata.X,
    counts.toarray(),
    totals / np.median(totals),
    settings["batch_size"],
    settings["noise"],
    params.seed,
    torch.device("cuda" if has_gpu else "cpu"),
)
training.pretrain(settings["pretrain_epochs"], settings["learning_rate"])
embedding, labels = training.cluster(
    params.n_clusters, settings["cluster_epochs"], settings["gamma"], settings["tolerance"]
)
write_embedding(params, embedding, data.cells)
write_clusters(params, labels, data.cells, track="given_k")
