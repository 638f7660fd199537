"""Cells that come in blocks, since all of them exceed memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class CellStream:
    """A matrix of cells x genes that can be read from any cell on, in order.

    Attributes
    ----------
    obs, var
        Columns of all cells and genes; the index holds their names.
    blocks
        Called with the number of the cell to begin with: CSR blocks of cells x genes, in the
        order of ``obs``, each as large as the reader finds fit, all cells in the end.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    blocks: Callable[[int], Iterator[sparse.csr_matrix]]
