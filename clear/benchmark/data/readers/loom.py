"""Loom files (loompy.org, specification 2 and 3)."""

import html
from pathlib import Path

import h5py
import pandas as pd
from anndata import AnnData

from clear.benchmark.data.readers.blocks import rows_as_csr
from clear.benchmark.data.readers.h5ad import open_hdf5
from clear.errors import ClearError

CELLS = ("CellID", "obs_names")  # of velocyto and the specification, of AnnData
GENES = ("Gene", "var_names")


def read_loom(
    files: dict[str, list[Path]],
    layer: str | None = None,
    cells: str | None = None,
    genes: str | None = None,
) -> AnnData:
    """Read one matrix of a ``.loom`` file.

    Parameters
    ----------
    files
        ``matrix``: the file.
    layer
        Layer instead of the main matrix.
    cells, genes
        Column and row attribute with the names of the cells and genes; ``CellID`` or
        ``obs_names``, ``Gene`` or ``var_names`` where absent.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes, the transpose of what the file has); ``obs`` and ``var`` with
        the attributes of one value per cell and gene.

    Raises
    ------
    ClearError
        Not such a file, damaged, or without that layer or attribute.
    """
    (path,) = files["matrix"]
    with open_hdf5(path) as store:
        for part in ("matrix", "row_attrs", "col_attrs"):
            if part not in store:
                raise ClearError(f"{path} is no loom file: there is no `{part}` in it.")
        layers = list(store["layers"]) if "layers" in store else []
        if layer is not None and layer not in layers:
            raise ClearError(
                f"{path} has no layer {layer!r}; its layers: {', '.join(layers) or 'none'}."
            )
        try:
            obs, var = _attributes(store["col_attrs"]), _attributes(store["row_attrs"])
            obs.index = _names(obs, cells, CELLS, "cells", path)
            var.index = _names(var, genes, GENES, "genes", path)
            matrix = rows_as_csr(store["matrix" if layer is None else f"layers/{layer}"])
            return AnnData(matrix.T.tocsr(), obs, var)
        except (OSError, ValueError, AttributeError) as error:
            raise ClearError(f"{path} cannot be read; it is damaged: {error}") from error


def _attributes(group: h5py.Group) -> pd.DataFrame:
    """Return the attributes of one dimension; the others, such as embeddings, are no columns."""
    flat = {name: item for name, item in group.items() if getattr(item, "ndim", 0) == 1}
    return pd.DataFrame({name: _values(item) for name, item in flat.items()})


def _values(dataset: h5py.Dataset):
    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is None:
        return dataset[()]
    texts = [text.decode("utf-8") for text in dataset[()]]
    # Specification 2 has ASCII of fixed length, with all other characters as XML has them.
    return texts if kind.length is None else [html.unescape(text) for text in texts]


def _names(
    table: pd.DataFrame, chosen: str | None, usual: tuple[str, ...], what: str, path: Path
) -> pd.Index:
    for name in (chosen,) if chosen else usual:
        if name in table:
            return pd.Index(table[name].astype(str), name=None)
    raise ClearError(
        f"{path}: the {what} have no attribute {' or '.join((chosen,) if chosen else usual)}; they "
        f"have: {', '.join(table) or 'none'}. Name one as `reader_options: {{{what}: ...}}`."
    )
