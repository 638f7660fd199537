"""The order of an embedding's cells: diffusion pseudotime from a root, or its first component.

Haghverdi et al. 2016, Nature Methods, as scanpy has it with its defaults (15 components of the
diffusion map, of which 10 count), on the graph of neighbours by which embeddings are clustered.
"""

import numpy as np

LEAST_CELLS = 5  # fewer have no diffusion map that scanpy takes


def root_cell(embedding: np.ndarray, first: np.ndarray) -> int:
    """Return the cell of the first stage that is nearest to their mean.

    It is their medoid: the sum of its squared Euclidean distances to the others is the least.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    first
        Whether a cell is of the first stage, of which there is at least one.
    """
    cells = np.flatnonzero(first)
    own = embedding[cells].astype(float)
    return int(cells[((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin()])


def diffusion_pseudotime(embedding: np.ndarray, root: int, n_neighbors: int) -> np.ndarray:
    """Return the diffusion pseudotime of each cell, 0 at the root.

    Cells that the graph does not join to the root share the last place: they get the same number,
    above all others. If all cells lie at one point, it is 0 for all.

    Parameters
    ----------
    embedding
        Cells x dimensions.
    root
        A cell's row.
    n_neighbors
        Neighbours of a cell in the graph.
    """
    import scanpy

    if _collapsed(embedding):
        return np.zeros(len(embedding))
    graph, shuffled = _diffusion_map(embedding, n_neighbors)
    graph.uns["iroot"] = np.flatnonzero(shuffled == root)[0]
    with np.errstate(invalid="ignore", divide="ignore"):  # a root that is joined to no cell
        scanpy.tl.dpt(graph)
    time = np.empty(len(embedding))
    time[shuffled] = graph.obs["dpt_pseudotime"]
    time[root] = 0.0
    return last_place(time)


def last_place(pseudotime: np.ndarray) -> np.ndarray:
    """Return a pseudotime in which cells without a finite one come after all others, as a tie."""
    reached = np.isfinite(pseudotime)
    return np.where(reached, pseudotime, pseudotime[reached].max() + 1)


def first_component(embedding: np.ndarray, n_neighbors: int) -> np.ndarray:
    """Return the first component of the diffusion map that is not constant; needs no root."""
    if _collapsed(embedding):
        return np.zeros(len(embedding))
    graph, shuffled = _diffusion_map(embedding, n_neighbors)
    component = np.empty(len(embedding))
    component[shuffled] = graph.obsm["X_diffmap"][:, 1]
    return component


def _collapsed(embedding: np.ndarray) -> bool:
    return bool((embedding == embedding[0]).all())


def _diffusion_map(embedding: np.ndarray, n_neighbors: int):
    """Return the graph with its diffusion map, and which cell each of its rows is.

    The cells are shuffled: of cells at the same distance the first ones become neighbours, and
    files list cells by stage. The order of the file would be found in points that coincide.
    """
    import anndata
    import scanpy

    from clear.fuzzy_graph import fuzzy_graph

    shuffled = np.random.default_rng(0).permutation(len(embedding))
    edges = fuzzy_graph(embedding[shuffled], n_neighbors)
    graph = anndata.AnnData(shape=edges.shape, obsp={"connectivities": edges})
    about = {"method": "umap", "n_neighbors": n_neighbors}
    graph.uns["neighbors"] = {"connectivities_key": "connectivities", "params": about}
    scanpy.tl.diffmap(graph, random_state=0)
    return graph, shuffled
