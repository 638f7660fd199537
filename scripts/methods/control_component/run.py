"""The first principal component of the log-normalised, highly variable genes as a pseudotime.

It is told no root: which end is the start is left to the sign of the component.
"""

from contract import read_input, read_params, write_pseudotime
from sklearn.decomposition import PCA

params = read_params()
data = read_input(params)
component = PCA(1, random_state=params.seed).fit_transform(data.dense("X", highly_variable=True))
write_pseudotime(params, component[:, 0].astype(float), data.cells)
