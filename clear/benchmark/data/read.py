"""From the files of a dataset to one canonical AnnData."""

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import anndata
import h5py
import numpy as np
from anndata import AnnData

from clear.benchmark.data.canonical import canonical
from clear.benchmark.data.checks import check_expected, check_unit, check_values
from clear.benchmark.data.sce import read_sce
from clear.benchmark.data.simulate import simulate
from clear.benchmark.files import atomic_path, write_json
from clear.errors import ClearError

PACKAGES = ("clear-sc", "anndata", "h5py", "numpy", "pandas", "rdata", "scipy")


def read(card: dict, source_dir: Path, out_h5ad: Path, out_json: Path) -> None:
    """Read a fetched dataset, check it against its card, and write it in canonical shape.

    Parameters
    ----------
    card
        The dataset card.
    source_dir
        The folder that :func:`clear.benchmark.data.fetch.fetch` made.
    out_h5ad
        The dataset, see :func:`clear.benchmark.data.canonical.canonical`.
    out_json
        What was done: numbers of cells and genes, the types, batches and stages with their
        sizes, duplicates, remarks, the source files with their digests, package versions.

    Raises
    ------
    ClearError
        The file cannot be read, or is not what the card says.
    """
    fetched = json.loads((Path(source_dir) / "fetch.json").read_text())
    if fetched["canonical"]:
        # A ready-made file may differ from the original one in unit and numbers.
        own = card.get("canonical") or {}
        card = card | {name: own[name] for name in ("unit", "expected") if name in own}
    raw = _load(card, Path(source_dir), fetched)
    adata, record = canonical(raw, card, _columns(card, fetched["canonical"]))
    check_values(adata.X, adata.obs_names, adata.var["gene"].array, card["id"])
    remarks = check_unit(adata.X, card["unit"], card["id"])
    check_expected(adata, card.get("expected") or {}, card["id"])
    record["cells"] |= {
        "kept": adata.n_obs,
        "all_zero": int((np.diff(adata.X.indptr) == 0).sum()),
    }
    record["genes"] |= {"kept": adata.n_vars}
    with atomic_path(out_h5ad) as temporary:
        adata.write_h5ad(temporary, compression="gzip")
    sizes = {
        name: {str(k): int(v) for k, v in adata.obs[name].value_counts(sort=False).items()}
        for name in adata.obs
    }
    write_json(
        out_json,
        {
            "dataset": card["id"],
            "unit": card["unit"],
            "unit_in_file": str(raw.uns.get("unit", "")),
            **record,
            **{
                {"cell_type": "types", "batch": "batches", "stage": "stages"}[k]: sizes[k]
                for k in sizes
            },
            "remarks": remarks,
            "canonical": fetched["canonical"],
            "files": {file["name"]: file["sha256"] for file in fetched["files"]},
            "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        },
    )


def _load(card: dict, source_dir: Path, fetched: dict) -> AnnData:
    if card.get("simulate"):
        return simulate(**card["simulate"])
    if len(fetched["files"]) != 1:
        names = ", ".join(file["name"] for file in fetched["files"])
        raise ClearError(
            f"Dataset {card['id']!r}: reader {card['reader']!r} reads a single file, but the card "
            f"lists: {names}."
        )
    path = source_dir / fetched["files"][0]["name"]
    options = card.get("reader_options") or {}
    if fetched["canonical"]:
        return _read_h5ad(path)
    if card["reader"] == "h5ad":
        return _read_h5ad(path, options.get("use_raw", False), options.get("layer"))
    if card["reader"] == "sce":
        return read_sce(path, card["unit"], options.get("assay"))
    raise ClearError(f"Dataset {card['id']!r}: unknown reader {card['reader']!r}; use h5ad or sce.")


def _read_h5ad(path: Path, use_raw: bool = False, layer: str | None = None) -> AnnData:
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


def _columns(card: dict, ready_made: bool) -> dict[str, list[str]]:
    """Name the columns to look for; a ready-made file has names of its own."""
    label, batch, stage = card.get("label"), card.get("batch"), card.get("stage")
    if not ready_made:
        named = {"cell_type": label, "batch": batch, "stage": stage}
        return {name: [column] if column else [] for name, column in named.items()}
    same = ["cell_type"] if stage == label else []
    return {
        "cell_type": ["cell_type"],
        "batch": ["batch"] if batch else [],
        "stage": ["stage", stage, *same] if stage else [],
    }
