"""scDHA (Tran et al. 2021) on the log-normalised values of all genes.

Told the number of types it makes as many clusters, else as many as it estimates; told the root it
writes its pseudotime in place of its clusters. Its embedding is the latent space whose own
clusters agree best with them. Settings: ``n_runs``,
the networks of each kind; ``n_init``, the starts of each k-means; ``n_samples``, the subsamples in
which the number of clusters is tried.
"""

import numpy as np
import spectral
import torch
from autoencoders import Constants, filter_genes, latent_spaces, scale_cells
from contract import read_input, read_params, write_clusters, write_embedding, write_pseudotime
from order import pseudotime
from sklearn.metrics import adjusted_rand_score

CLUSTERED_WHOLE = 5000  # of more cells, as many as the networks see; the others by vote

params = read_params({"n_runs": 3, "n_init": 50, "n_samples": 10})
settings, k, seed = params.settings, params.n_clusters, params.seed
torch.set_num_threads(params.threads)
if params.device == "cuda" and not torch.cuda.is_available():
    raise RuntimeError("the device is cuda, but this torch sees no GPU")
device = "cuda" if params.device != "cpu" and torch.cuda.is_available() else "cpu"
data = read_input(params)
n_cells = len(data.cells)
constants = Constants.for_cells(n_cells)
X = torch.as_tensor(scale_cells(data.dense("X")), device=device)
genes = filter_genes(X, constants, settings["n_runs"], seed)
spaces = latent_spaces(
    X[:, torch.as_tensor(genes, device=device)], constants, settings["n_runs"], seed
)

rng = np.random.RandomState(seed)
solutions = []
for space in spaces:
    whole = n_cells <= CLUSTERED_WHOLE
    cells = np.arange(n_cells) if whole else rng.permutation(n_cells)[: constants.n_train]
    sample = space[cells]
    number = k or spectral.number_of_clusters(
        sample, constants.most_clusters, settings["n_samples"], settings["n_init"], rng
    )
    labels = spectral.cluster(sample, number, settings["n_init"], rng)
    solutions.append(labels if whole else spectral.vote(space, cells, labels))
labels = spectral.meta_clusters(solutions, k or spectral.consensus_number(solutions, rng))
agreement = [adjusted_rand_score(labels, solution) for solution in solutions]
if data.root is None:
    write_clusters(params, labels, data.cells, track="given_k" if k else "estimated_k")
else:
    write_pseudotime(params, pseudotime(spaces, solutions, labels, data.root, rng), data.cells)
write_embedding(params, spaces[int(np.argmax(agreement))], data.cells)
print(f"{len(genes)} genes; {len(set(labels))} clusters of {n_cells} cells; the latent spaces'")
print(f"clusters agree with the consensus by an ARI of {min(agreement):.2f} and more")
