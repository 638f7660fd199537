"""scGNN in its quick mode (Wang et al. 2021) on log(x + 1) of its own variable genes.

Settings: ``n_top_genes``; ``epochs`` of the first training, ``round_epochs`` of each of the
``rounds`` after it; ``mixture_steps``, iterations of a fit of expression states.
"""

import numpy as np
import torch
from contract import read_input, read_params, write_clusters, write_embedding
from ltmg import states
from scgnn import scgnn
from scipy.sparse import csr_matrix

LEAST_SHARE = 0.01  # of the cells has a gene that is kept

params = read_params(
    {"n_top_genes": 2000, "epochs": 50, "round_epochs": 20, "rounds": 2, "mixture_steps": 100}
)
settings = params.settings
torch.set_num_threads(params.threads)
has_gpu = params.device != "cpu" and torch.cuda.is_available()
if params.device == "cuda" and not has_gpu:
    raise RuntimeError("the device is cuda, but this torch sees no GPU")

data = read_input(params)
values, indices, indptr, shape = data.csr("counts")
counts = csr_matrix((values.astype(np.float64), indices, indptr), shape)
variance = counts.power(2).mean(axis=0).A1 - np.square(counts.mean(axis=0).A1)
variance[counts.getnnz(axis=0) < LEAST_SHARE * shape[0]] = -1
genes = np.argsort(-variance, kind="stable")[: settings["n_top_genes"]]
genes = np.sort(genes[variance[genes] >= 0])
counts = torch.as_tensor(
    counts[:, genes].toarray(), dtype=torch.float32, device="cuda" if has_gpu else "cpu"
)
state = states(counts, settings["mixture_steps"])
print(f"{len(genes)} genes; mean state of the values above 0: {state[counts > 0].mean():.2f}")
embedding, labels = scgnn(
    torch.log1p(counts),
    state,
    settings["epochs"],
    settings["round_epochs"],
    settings["rounds"],
    params.seed,
)
write_clusters(params, labels, data.cells, track="estimated_k")
write_embedding(params, embedding, data.cells)
