"""UMAP coordinates of every method's embedding of one dataset."""

import contextlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from clear.benchmark.methods.outputs import BadOutput, read_embedding, read_status, read_truth
from clear.benchmark.tsv import read_table
from clear.fuzzy_graph import fuzzy_graph

LEAST_CELLS = 4  # the start of UMAP, three eigenvectors, needs one more
SPREAD, MIN_DIST = 1.0, 0.5  # scanpy's defaults, as all settings here
MANY_CELLS, EPOCHS, EPOCHS_OF_MANY = 10_000, 500, 200
# Up to here UMAP starts at eigenvectors of the graph, for which umap-learn holds as many vectors as
# the root of the cells, 14 GB for 1.46 million; above at two principal components.
SPECTRAL_CELLS = 100_000


def umap_table(
    runs: list[Path], truth: Path, n_neighbors: int, planes: dict[str, Path] | None = None
) -> pd.DataFrame:
    """Project the embeddings of runs to the plane.

    Parameters
    ----------
    runs
        Run folders; those that did not succeed or have no embedding are passed over.
    truth
        ``truth.tsv`` of the dataset.
    n_neighbors
        Neighbours of a cell.
    planes
        By method ``umap.tsv`` of a case study (columns cell, x, y), which is taken for its run.

    Returns
    -------
    DataFrame
        Columns cell, cell_type, method, seed, umap1, umap2 (no unit), and batch where the truth
        has one.
    """
    done = {run: status for run in runs if (status := read_status(run))["status"] == "ok"}
    if done:  # else there may be no truth either
        cells = read_truth(truth)
        types = cells["cell_type"]
        if len(types) < LEAST_CELLS:
            done = {}
    parts = []
    for run, status in done.items():
        try:
            embedding = read_embedding(run, types.index)
        except BadOutput:  # it was changed after its check; the scores say so
            embedding = None
        if embedding is None:
            continue
        if path := (planes or {}).get(status["method"]):
            found = read_table(path).set_index("cell").loc[types.index].to_numpy()
        else:
            found = project(embedding, n_neighbors)
        plane = pd.DataFrame(found, columns=["umap1", "umap2"])
        about = {"cell": types.index, "cell_type": types.to_numpy()}
        about |= {"method": status["method"], "seed": status["seed"]}
        if "batch" in cells:
            about["batch"] = cells["batch"].to_numpy()
        parts.append(plane.assign(**about))
    columns = ["cell", "cell_type", "method", "seed", "umap1", "umap2"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts)
    return table[[*columns, *(["batch"] if "batch" in table else [])]]


def project(embedding: np.ndarray, n_neighbors: int) -> np.ndarray:
    """Return UMAP coordinates, cells x 2 (McInnes et al. 2018), see :func:`project_graph`."""
    return project_graph(embedding, fuzzy_graph(embedding, n_neighbors))


def epochs(cells: int) -> int:
    """Return how many epochs UMAP takes for so many cells, umap-learn's default."""
    return EPOCHS if cells <= MANY_CELLS else EPOCHS_OF_MANY


def project_graph(embedding: np.ndarray, edges: csr_matrix) -> np.ndarray:
    """Return UMAP coordinates of the cells of a :func:`clear.fuzzy_graph.fuzzy_graph`.

    As scanpy does up to :data:`SPECTRAL_CELLS`; more cells start at the first two principal
    components of the embedding.
    """
    from umap.layouts import _nb_optimize_layout_euclidean_single_epoch as epoch
    from umap.umap_ import find_ab_params, simplicial_set_embedding

    # Numba keeps what it compiles: seconds in every process else. There may be no place for it.
    with contextlib.suppress(RuntimeError):
        epoch.enable_caching()
    a, b = find_ab_params(SPREAD, MIN_DIST)
    plane, _ = simplicial_set_embedding(
        data=embedding,
        graph=edges.tocoo(),
        n_components=2,
        initial_alpha=1.0,
        a=a,
        b=b,
        gamma=1.0,
        negative_sample_rate=5,
        n_epochs=epochs(len(embedding)),
        init="spectral" if len(embedding) <= SPECTRAL_CELLS else "pca",
        random_state=np.random.RandomState(0),
        metric="euclidean",
        metric_kwds={},
        densmap=False,
        densmap_kwds={},
        output_dens=False,
    )
    return plane
