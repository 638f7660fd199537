"""Principal component representations of cells that differ in how genes and cells are scaled."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import normalize

MAX_VALUE = 10  # of z-scores, as Scanpy's and Seurat's tutorials have it


def scale(X: np.ndarray, exponent: float) -> np.ndarray:
    """Return centred genes divided by their standard deviation to the power of ``exponent``.

    At 1 they are z-scores, which are clipped at 10. A gene that does not vary stays 0.
    """
    deviation = X.std(axis=0, ddof=1)
    scaled = (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1) ** exponent
    return scaled.clip(-MAX_VALUE, MAX_VALUE) if exponent == 1 else scaled


def representations(
    X: np.ndarray, exponents: Sequence[float], n_components: Sequence[int], seed: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each representation, and the cells in it (cells x components).

    For each exponent of :func:`scale` and number of components (fewer if there are fewer cells or
    genes) the scores as they are, then with rows of unit length.

    Parameters
    ----------
    X
        Cells x genes, log-normalised.
    exponents, n_components
        What to combine.
    seed
        Of the start of the solver, which converges to machine precision.
    """
    most = min(X.shape) - 1
    numbers = sorted({min(number, most) for number in n_components})
    for exponent in exponents:
        pca = PCA(numbers[-1], svd_solver="arpack", random_state=seed)
        scores = pca.fit_transform(scale(X, exponent))
        for number, unit in product(numbers, (False, True)):
            name = f"exponent {exponent:g}, {number} components" + ", unit length" * unit
            part = scores[:, :number]
            yield name, normalize(part) if unit else part
