"""Cells in blocks, for data larger than memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
from scipy import sparse


@dataclass(frozen=True)
class Block:
    """The next cells of a stream.

    Attributes
    ----------
    matrix
        CSR, cells x genes.
    after
        Where the stream continues after them; serialisable as JSON.
    """

    matrix: sparse.csr_matrix
    after: dict


@dataclass(frozen=True)
class CellStream:
    """A matrix of cells x genes that can be resumed after any of its blocks.

    Attributes
    ----------
    obs, var
        Columns of all cells and genes; the index holds their names.
    blocks
        Called with ``after`` of a block, or None for the beginning. Yields the blocks that
        follow, in the order of ``obs``, of a size that the reader chooses. The same files give
        the same blocks, wherever one begins. Damaged files raise
        :class:`clear.errors.ClearError` during iteration.
    """

    obs: pd.DataFrame
    var: pd.DataFrame
    blocks: Callable[[dict | None], Iterator[Block]]
