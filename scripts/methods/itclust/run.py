"""ItClust (Hu et al. 2020): clusters that start from the types of a labelled source dataset.

Setting: ``pretrain_epochs``, of the autoencoder of the source's cells.
"""

import anndata
import scanpy
import torch
from contract import (
    not_applicable,
    read_input,
    read_params,
    read_source,
    write_clusters,
    write_embedding,
)
from itclust import itclust
from scipy.sparse import csr_matrix

LEAST_CELLS = 10  # of a gene; poor cells are gone
LEAST_SHARED = 20  # genes
CLIP = 6  # standard deviations


def normalised(data):
    """Return log-normalised cells with the names of their genes in capitals."""
    values, indices, indptr, shape = data.csr("counts")
    adata = anndata.AnnData(csr_matrix((values, indices, indptr), shape))
    adata.var_names = [name.upper() for name in data.genes]
    adata.var_names_make_unique(join="-")
    technical = adata.var_names.str.startswith("ERCC") | adata.var_names.str.startswith("MT-")
    adata = adata[:, ~technical & (adata.X.getnnz(axis=0) >= LEAST_CELLS)].copy()
    scanpy.pp.normalize_total(adata)
    scanpy.pp.log1p(adata)
    return adata


def scaled(adata, genes):
    """Return z-scores of genes."""
    part = anndata.AnnData(adata[:, genes].X.toarray())
    scanpy.pp.scale(part, max_value=CLIP)
    return part.X


params = read_params({"pretrain_epochs": 300})
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
source_data, types = read_source(params)
source, target = normalised(source_data), normalised(data)
n_cells = len(data.cells)
n_top_genes = 500 if n_cells <= 1500 else 1000 if n_cells <= 3000 else 2000
scanpy.pp.highly_variable_genes(target, n_top_genes=min(n_top_genes, target.n_vars))
genes = target.var_names[target.var["highly_variable"]].intersection(source.var_names)
if len(genes) < LEAST_SHARED:
    not_applicable(
        f"{len(genes)} of its variable genes have a name that the source has too; "
        f"{LEAST_SHARED} are needed"
    )
print(f"{source.n_obs} cells of {len(set(types))} types to learn from; {len(genes)} genes")
embedding, labels = itclust(
    scaled(source, genes),
    types,
    scaled(target, genes),
    params.settings["pretrain_epochs"],
    params.seed,
    torch.device("cuda" if has_gpu else "cpu"),
)
write_clusters(params, labels, data.cells, track="estimated_k")
write_embedding(params, embedding, data.cells)
