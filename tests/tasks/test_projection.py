"""UMAP coordinates, held to scanpy's."""

import anndata
import numpy as np
import scanpy
from sklearn.datasets import make_blobs

from clear.benchmark.tasks.projection import project
from clear.fuzzy_graph import fuzzy_graph


def test_the_plane_is_scanpys_for_the_same_graph():
    embedding = make_blobs(300, 5, centers=4, random_state=0)[0].astype(np.float32)
    adata = anndata.AnnData(embedding, obsp={"connectivities": fuzzy_graph(embedding, 15)})
    adata.uns["neighbors"] = {
        "connectivities_key": "connectivities",
        "params": {"method": "umap", "use_rep": "X"},
    }
    scanpy.tl.umap(adata)
    np.testing.assert_allclose(project(embedding, 15), adata.obsm["X_umap"], rtol=1e-5)
