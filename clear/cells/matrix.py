"""Expression matrices: checked, and read as blocks of cells that are normalised where needed."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import h5py
import numpy as np
import torch
from anndata import AnnData
from anndata.abc import CSCDataset, CSRDataset
from scipy import sparse

from clear.cells.in_order import in_order
from clear.cells.memory import available
from clear.cells.scale import LARGEST_LOG, Scale
from clear.errors import ClearError

TARGET_SUM = 1e4
BLOCK_CELLS = 2048

Result = TypeVar("Result")


class Expression:
    """The expression of an AnnData as a model takes it, in blocks of cells.

    That is log-normalised, or log-normalised and scaled (z-scores of genes), which is negative in
    part.

    A matrix on disk (AnnData's backed mode) is read block by block, except in CSC format, which
    is stored by genes and has to be read whole. The AnnData is not changed.

    Parameters
    ----------
    adata
        Cells x genes. Sparse, dense or backed; integers or floats.
    layer
        Name of a layer; ``None``: ``adata.X``.
    use_raw
        Take ``adata.raw`` instead of ``X`` and layers. ``None``: no, and a scaled ``X`` beside a
        raw is refused.
    counts
        Whether the values are counts (or on another linear scale), to be normalised here to
        10,000 per cell, over all genes of ``adata``, and log1p-transformed; cells without
        counts stay zero. ``None``: only if the layer is called ``"counts"``; any other values
        must then be small enough for logarithms or clipped z-scores. ``False``: values are used as
        they are, whatever their size.

    Attributes
    ----------
    genes
        Names of the columns.

    Raises
    ------
    ClearError
        On a missing or empty matrix.
    """

    def __init__(
        self,
        adata: AnnData,
        layer: str | None = None,
        counts: bool | None = None,
        use_raw: bool | None = None,
    ):
        if not isinstance(adata, AnnData):
            raise ClearError(f"CLEAR works on an AnnData, not on a {type(adata).__name__}.")
        self.place = "adata.raw" if use_raw else "adata.X" if layer is None else f"Layer {layer!r}"
        if use_raw and layer is not None:
            raise ClearError("Give either use_raw=True or a layer, not both.")
        if use_raw and adata.raw is None:
            raise ClearError("There is no adata.raw; leave out use_raw (--use-raw).")
        if layer is not None and layer not in adata.layers:
            there = ", ".join(adata.layers) or "none"
            raise ClearError(f"There is no layer {layer!r} (there: {there}).")
        self.genes = adata.raw.var_names if use_raw else adata.var_names
        try:
            matrix = adata.raw.X if use_raw else adata.X if layer is None else adata.layers[layer]
        except (OSError, KeyError, RuntimeError) as error:
            raise ClearError(
                f"{self.place} of {adata.filename} cannot be read ({error}); the file was "
                "changed or cut off."
            ) from error
        if isinstance(matrix, CSRDataset | CSCDataset | h5py.Dataset):
            self.place += f" of {_file_of(matrix)}"
        if matrix is None:
            raise ClearError(f"{self.place} is empty; store the expression there.")
        if 0 in matrix.shape:
            cells, genes = matrix.shape
            raise ClearError(f"{self.place} has {cells} cells and {genes} genes.")
        if isinstance(matrix, CSCDataset):
            matrix = _read_csc(matrix, self.place)
        if sparse.issparse(matrix):
            matrix = matrix.tocsr()
        elif not isinstance(matrix, CSRDataset | h5py.Dataset):
            matrix = np.asarray(matrix)
        self.matrix = matrix
        self.cells = matrix.shape[0]
        self.on_disk = isinstance(matrix, CSRDataset | h5py.Dataset)
        self.counts = layer == "counts" if counts is None else counts
        self.limit = np.inf if counts is False else LARGEST_LOG
        self.dense = not isinstance(matrix, CSRDataset) and not sparse.issparse(matrix)
        self.threads = torch.get_num_threads()
        self._known = False  # whether all values were looked at
        self.raw_may_be_meant = use_raw is None and layer is None and adata.raw is not None

    def all_genes(self) -> Iterator[np.ndarray | sparse.csr_matrix]:
        """Yield the cells in their order, at most ``BLOCK_CELLS`` at a time.

        Yields
        ------
        ndarray or csr_matrix
            Cells x genes, as a model takes them, as stored or in float64.

        Raises
        ------
        ClearError
            On values that are not numbers, not finite or negative counts,
            on values that look like counts where logarithms are expected, or the other way
            round (after the last block, when it is known), and on a file that cannot be read.
        """
        yield from self.each(lambda block: block)

    def each(self, work: Callable[[np.ndarray | sparse.csr_matrix], Result]) -> Iterator[Result]:
        """Yield ``work`` of each block of :meth:`all_genes`, in their order.

        Sparse blocks are normalised and worked on in as many threads as PyTorch has; of dense
        ones, which are large, one is in memory at a time.
        """
        return self._checked(lambda block: work(_normalise(block) if self.counts else block))

    def _checked(
        self, work: Callable[[np.ndarray | sparse.csr_matrix], Result]
    ) -> Iterator[Result]:
        """Yield ``work`` of each stored block; the first time through, look at all values."""
        scale, known = Scale(), self._known

        def look(block: np.ndarray | sparse.csr_matrix) -> tuple[Scale, Result | None]:
            own = Scale()
            if not known:
                values = block.data if sparse.issparse(block) else block
                _check_values(values, self.place)
                own.see(values)
            return own, None if self._refuses(own) else work(block)

        threads = 1 if self.dense else min(self.threads, -(-self.cells // BLOCK_CELLS))
        for own, result in in_order(look, self._stored(), threads):
            scale.join(own)
            if self._refuses(scale):
                self._check_scale(scale)
            yield result
        if not known:
            self._check_scale(scale)
        self._known = True

    def _stored(self) -> Iterator[np.ndarray | sparse.csr_matrix]:
        """Yield the blocks as they are stored."""
        for start in range(0, self.cells, BLOCK_CELLS):
            stop = min(start + BLOCK_CELLS, self.cells)
            try:
                if isinstance(self.matrix, CSRDataset):
                    yield _rows(self.matrix, start, stop)
                else:
                    yield self.matrix[start:stop]
            except (OSError, RuntimeError, KeyError, ValueError) as error:
                raise ClearError(
                    f"{self.place} cannot be read to its end ({error}); the file was changed or "
                    "cut off."
                ) from error

    def _refuses(self, scale: Scale) -> bool:
        """Return whether values seen so far suffice to refuse the matrix."""
        return scale.smallest < 0 if self.counts else scale.size > self.limit

    def _check_scale(self, scale: Scale) -> None:
        if self.raw_may_be_meant and scale.smallest < 0:
            raise ClearError(
                f"{self.place} is scaled, and there is a raw: set use_raw=True (on the command "
                "line: --use-raw) to train on raw, or use_raw=False (--no-use-raw) to train on "
                "the scaled values."
            )
        found = scale.contradicts(logged=not self.counts, limit=self.limit)
        if found and self.counts:
            raise ClearError(
                f"{self.place} does not look like counts ({found}). If the values are "
                "log-normalised or scaled, leave out counts=True (on the command line: --counts); "
                "if they are counts after a correction, round them (numpy.rint)."
            )
        if found:
            raise ClearError(
                f"{self.place} does not look log-normalised ({found}). If these are raw counts, "
                "set counts=True (on the command line: --counts): CLEAR then normalises them for "
                "itself and does not change your data. Otherwise normalise them "
                "(scanpy.pp.normalize_total, scanpy.pp.log1p), and clip z-scores "
                "(scanpy.pp.scale(adata, max_value=10))."
            )

    def blocks(self, columns: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the blocks of :meth:`all_genes` as dense arrays of some genes.

        Parameters
        ----------
        columns
            Column numbers of these genes; -1 for a missing gene, which is all zeros.

        Yields
        ------
        ndarray
            Cells x len(columns), float32.
        """
        present = columns >= 0

        def chosen(block: np.ndarray | sparse.csr_matrix) -> np.ndarray:
            part = block[:, columns[present]]
            return _spread(_normalise(part, totals(block)) if self.counts else part, present)

        yield from self._checked(chosen)


def _file_of(matrix: CSRDataset | CSCDataset | h5py.Dataset) -> str:
    """Return the name of the file that contains a matrix."""
    return (matrix if isinstance(matrix, h5py.Dataset) else matrix.group).file.filename


def _rows(matrix: CSRDataset, start: int, stop: int) -> sparse.csr_matrix:
    """Read some cells, in half the time that indexing the dataset takes."""
    starts = matrix.group["indptr"][start : stop + 1]
    part = slice(int(starts[0]), int(starts[-1]))
    values, columns = (matrix.group[name][part] for name in ("data", "indices"))
    shape = stop - start, matrix.shape[1]
    return sparse.csr_matrix((values, columns, starts - starts[0]), shape)


def _read_csc(matrix: CSCDataset, place: str) -> sparse.csr_matrix:
    """Read a matrix that is stored by genes, and convert it to CSR."""
    # During the conversion there are two copies.
    needed = 2 * sum(matrix.group[name].nbytes for name in ("data", "indices"))
    if needed > available():
        raise ClearError(
            f"{place} is stored by genes (CSC) and must be read whole, which takes "
            f"{needed / 1e9:.1f} GB of memory ({available() / 1e9:.1f} GB are available). On a "
            "machine with more memory, write it by cells: adata.X = adata.X.tocsr()."
        )
    return matrix.to_memory().tocsr()


def _check_values(values: np.ndarray, place: str) -> None:
    if values.dtype.kind not in "buif":
        raise ClearError(f"{place} holds values of type {values.dtype}; numbers are needed.")
    if not np.isfinite(values).all():
        raise ClearError(f"{place} holds NaN or infinite values; remove them or set them to 0.")


def totals(counts: np.ndarray | sparse.csr_matrix) -> np.ndarray:
    """Return the sum of each cell's counts (float64)."""
    return np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()


def _normalise(
    counts: np.ndarray | sparse.csr_matrix, total: np.ndarray | None = None
) -> np.ndarray | sparse.csr_matrix:
    """Scale each cell to the same total, then log1p. ``total``: that of all genes, if not these."""
    total = totals(counts) if total is None else total
    scale = TARGET_SUM / np.where(total > 0, total, 1)
    if not sparse.issparse(counts):
        return np.log1p(counts * scale[:, None])
    if not (counts.has_canonical_format and counts.data.all()):
        # The product sums what is stored twice, and leaves out zeros.
        return sparse.csr_matrix(sparse.diags(scale) @ counts).log1p()
    values = counts.data * np.repeat(scale, np.diff(counts.indptr))
    return sparse.csr_matrix(
        (np.log1p(values, out=values), counts.indices, counts.indptr), counts.shape
    )


def dense_columns(matrix: np.ndarray | sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """Return columns as a dense float32 array (cells x len(columns)); -1 stands for zeros."""
    present = columns >= 0
    return _spread(matrix[:, columns[present]], present)


def _spread(block: np.ndarray | sparse.csr_matrix, present: np.ndarray) -> np.ndarray:
    """Return a block as dense float32, with columns of zeros where ``present`` is False."""
    if sparse.issparse(block):
        # What is stored twice is summed before it is rounded.
        block = (block.astype(np.float32) if block.has_canonical_format else block).toarray()
    block = np.ascontiguousarray(block, dtype=np.float32)
    if present.all():
        return block
    out = np.zeros((len(block), len(present)), dtype=np.float32)
    out[:, present] = block
    return out
