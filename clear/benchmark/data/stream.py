"""Cells that come in blocks, since all of them exceed memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class Block:
    """Cells that follow those of the block before.

    Attributes
    ----------
    matrix
        CSR, cells x genes.
    after
        Where the stream goes on after them: what JSON can hold.
    """

    matrix: sparse.csr_matrix
    after: dict


@dataclass(frozen=True)
class CellStream:
    """A matrix of cells x genes that can be read from the end of any of its blocks on.

    Attributes
    ----------
    obs, var
        Columns of all cells and genes; the index holds their names.
    blocks
        Called with ``after`` of a block, or None for the beginning: the blocks that follow, in the
        order of ``obs``, each as large as the reader finds fit, all cells in the end. The same
        files give the same blocks, wherever one begins. An iteration raises
        :class:`clear.errors.ClearError` where the files are damaged.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    blocks: Callable[[dict | None], Iterator[Block]]
