"""Scanpy's diffusion pseudotime with scanpy's defaults (Haghverdi et al. 2016; Wolf et al. 2018).

Highly variable genes as z-scores, principal components, the graph of nearest neighbours, the
diffusion map and the pseudotime, each by scanpy's own function. The root is the cell of the first
stage that is nearest to their mean in the components. Cells that the graph does not join to it
come last, as a tie.

Settings: ``max_value`` (z-scores are clipped there), ``n_comps`` (fewer if there are fewer cells
or genes), ``n_neighbors``, ``n_dcs`` (components of the diffusion map that count).
"""

import anndata
import numpy as np
import scanpy
from contract import read_input, read_params, write_pseudotime

params = read_params({"max_value": 10, "n_comps": 50, "n_neighbors": 15, "n_dcs": 10})
settings = params.settings
data = read_input(params)
adata = anndata.AnnData(data.dense("X", highly_variable=True))
scanpy.pp.scale(adata, max_value=settings["max_value"])
n_comps = min(settings["n_comps"], min(adata.shape) - 1)
scanpy.pp.pca(adata, n_comps=n_comps, random_state=params.seed)
n_neighbors = min(settings["n_neighbors"], adata.n_obs - 1)
# Exact: from 8,192 cells on scanpy 1.11 takes pynndescent, of which it cannot read version 0.7.
scanpy.pp.neighbors(adata, n_neighbors=n_neighbors, random_state=params.seed, transformer="sklearn")
scanpy.tl.diffmap(adata, random_state=params.seed)
roots = np.flatnonzero(data.root)
own = adata.obsm["X_pca"][roots]
adata.uns["iroot"] = roots[((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin()]
scanpy.tl.dpt(adata, n_dcs=settings["n_dcs"])
time = adata.obs["dpt_pseudotime"].to_numpy(dtype=float)
time[adata.uns["iroot"]] = 0  # 0 / 0 where it is joined to no cell
reached = np.isfinite(time)
time[~reached] = time[reached].max() + 1
write_pseudotime(params, time, data.cells)
print(f"{(~reached).sum()} of {len(time)} cells are not joined to the root")
