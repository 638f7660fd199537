"""AnnData files."""

import warnings
from pathlib import Path

import anndata
import h5py
from anndata import AnnData

from clear.errors import ClearError


def read_h5ad(
    files: dict[str, list[Path]], use_raw: bool = False, layer: str | None = None
) -> AnnData:
    """Read one matrix of an ``.h5ad`` file of any version.

    Parameters
    ----------
    files
        ``matrix``: the file.
    use_raw
        Take ``raw.X`` and ``raw.var``.
    layer
        Layer instead of ``X``.

    Returns
    -------
    AnnData
        With the matrix as ``X``.

    Raises
    ------
    ClearError
        Not such a file, damaged, or without that matrix.
    """
    (path,) = files["matrix"]
    if not h5py.is_hdf5(path):
        raise ClearError(f"{path} is not an HDF5 file: it is damaged, or not an .h5ad at all.")
    try:
        with warnings.catch_warnings():
            # Files of old AnnData versions and duplicate names are dealt with here.
            warnings.simplefilter("ignore")
            adata = anndata.read_h5ad(path)
    except Exception as error:  # h5py and anndata raise many types for a damaged file
        raise ClearError(
            f"{path} cannot be read as .h5ad; it is damaged or incomplete: {error}"
        ) from error
    if use_raw and adata.raw is None:
        raise ClearError(f"{path} has no `raw`: leave `use_raw` out of the card's reader_options.")
    if use_raw:
        adata = adata.raw.to_adata()
    if layer is not None and layer not in adata.layers:
        raise ClearError(
            f"{path} has no layer {layer!r}; its layers: {', '.join(adata.layers) or 'none'}."
        )
    if layer is not None:
        adata.X = adata.layers[layer]
    if adata.X is None:
        raise ClearError(f"{path} has no matrix X: name a layer in the card's reader_options.")
    return adata
