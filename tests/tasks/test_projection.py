"""UMAP coordinates, held to scanpy's."""

import anndata
import numpy as np
import scanpy
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from clear.benchmark.tasks import projection
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


def test_many_cells_start_at_principal_components(monkeypatch):
    """Of which umap-learn does not hold a vector for each root of their number."""
    monkeypatch.setattr(projection, "SPECTRAL_CELLS", 299)
    monkeypatch.setattr("umap.umap_.spectral_layout", None)
    embedding, types = make_blobs(300, 5, centers=4, random_state=0)
    plane = project(embedding.astype(np.float32), 15)
    nearest = NearestNeighbors(n_neighbors=10).fit(plane).kneighbors(return_distance=False)
    assert (types[nearest] == types[:, None]).mean() > 0.98
    # Types lie to each other as they do in the first two components.
    flat = PCA(2).fit_transform(embedding)
    centres = [
        np.array([x[types == kind].mean(axis=0) for kind in range(4)]) for x in (plane, flat)
    ]
    assert spearmanr(*map(pdist, centres)).statistic > 0.5
