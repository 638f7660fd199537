"""Monocle 3 (Cao et al. 2019) by the package monocle3-python: a principal graph in the UMAP plane.

Principal components of all genes, UMAP, Leiden clusters and partitions, the graph, and distances
along it, each by the package's own function with its defaults; its seeds are fixed. The root is the
node of the graph to which most cells of the first stage are nearest, as in Monocle's vignette.
Cells of partitions that the root does not reach come last, as a tie.

Settings: ``num_dim``, the number of principal components (fewer if there are fewer cells).
"""

import monocle3
import numpy as np
import pandas as pd
from contract import read_input, read_params, write_pseudotime
from scipy.sparse import csr_matrix

params = read_params({"num_dim": 50})
data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
counts = csr_matrix((values, indices, indptr), shape).T
names = [f"gene_{number}" for number in range(shape[1])]
cells = monocle3.new_cell_data_set(
    counts,
    cell_metadata=pd.DataFrame(index=data.cells),
    gene_metadata=pd.DataFrame({"gene_short_name": names}, index=names),
)
num_dim = min(params.settings["num_dim"], min(shape) - 1)
cells = monocle3.preprocess_cds(cells, num_dim=num_dim)
cells = monocle3.reduce_dimension(cells)
cells = monocle3.cluster_cells(cells)
cells = monocle3.learn_graph(cells)
graph = cells.uns["monocle3"]["principal_graph_aux"]["UMAP"]
nearest = graph["pr_graph_cell_proj_closest_vertex"].loc[data.cells[data.root], "V1"]
root = f"Y_{int(nearest.mode()[0])}"
cells = monocle3.order_cells(cells, root_pr_nodes=[root])
time = cells.obs["monocle3_pseudotime"].loc[data.cells].to_numpy(dtype=float)
reached = np.isfinite(time)
time[~reached] = time[reached].max() + 1
write_pseudotime(params, time, data.cells)
print(f"{(~reached).sum()} of {len(time)} cells are in partitions that the root does not reach")
