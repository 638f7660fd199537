"""Expression matrices: checked, and read as blocks of cells that are normalised where needed."""

from collections.abc import Iterator

import h5py
import numpy as np
from anndata import AnnData
from anndata.abc import CSCDataset, CSRDataset
from scipy import sparse

from clear.cells.memory import available
from clear.cells.scale import LARGEST_LOG, Scale
from clear.errors import ClearError

TARGET_SUM = 1e4
BLOCK_CELLS = 2048


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
        scale = Scale()
        for start in range(0, self.cells, BLOCK_CELLS):
            try:
                block = self.matrix[start : start + BLOCK_CELLS]
            except (OSError, RuntimeError, KeyError, ValueError) as error:
                raise ClearError(
                    f"{self.place} cannot be read to its end ({error}); the file was changed or "
                    "cut off."
                ) from error
            values = block.data if sparse.issparse(block) else block
            _check_values(values, self.place)
            scale.see(values)
            if scale.size > self.limit or (self.counts and scale.smallest < 0):
                self._check_scale(scale)
            yield _normalise(block) if self.counts else block
        self._check_scale(scale)

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
        for block in self.all_genes():
            yield dense_columns(block, columns)


def _file_of(matrix: CSRDataset | CSCDataset | h5py.Dataset) -> str:
    """Return the name of the file that contains a matrix."""
    return (matrix if isinstance(matrix, h5py.Dataset) else matrix.group).file.filename


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


def _normalise(counts: np.ndarray | sparse.csr_matrix) -> np.ndarray | sparse.csr_matrix:
    """Scale each cell to the same total, then log1p."""
    totals = np.asarray(counts.sum(axis=1, dtype=np.float64)).ravel()
    scale = TARGET_SUM / np.where(totals > 0, totals, 1)
    if sparse.issparse(counts):
        return sparse.csr_matrix(sparse.diags(scale) @ counts).log1p()
    return np.log1p(counts * scale[:, None])


def dense_columns(matrix: np.ndarray | sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """Return columns as a dense float32 array (cells x len(columns)); -1 stands for zeros."""
    present = columns >= 0
    block = matrix[:, columns[present]]
    if sparse.issparse(block):
        block = block.toarray()
    out = np.zeros((matrix.shape[0], len(columns)), dtype=np.float32)
    out[:, present] = block
    return out
