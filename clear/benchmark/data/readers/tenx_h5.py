"""HDF5 files of 10x Genomics, of Cell Ranger 3 and later or before."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.archives.archives import is_archive, unpack
from clear.benchmark.data.archives.containers import entries
from clear.benchmark.data.readers.hdf5 import open_hdf5
from clear.benchmark.data.readers.tenx import (
    choose_features,
    choose_genome,
    sample_data,
)
from clear.benchmark.data.readers.tenx_samples import join_samples, label_samples
from clear.errors import ClearError

# What Cell Ranger calls every sample's file does not name it: GSM1_filtered_feature_bc_matrix.h5.
SUFFIX = re.compile(
    r"([._-]?(raw|filtered)_(feature|gene)_bc_matri(x|ces)(_h5)?)?\.h5(\.gz)?$", re.IGNORECASE
)


def read_tenx_h5(
    files: dict[str, list[Path]],
    pattern: str | None = None,
    feature_type: str | None = None,
    genome: str | None = None,
) -> AnnData:
    """Read 10x Genomics ``.h5`` files of version 2 (a group per genome) or 3 (``matrix``).

    Parameters
    ----------
    files
        ``matrix``: one file per sample, or archives of them.
    pattern
        Regular expression with named groups for the name of each file; files without a match
        are left out.
    feature_type
        Type of the features to keep; ``Gene Expression`` where absent.
    genome
        Genome to keep.

    Returns
    -------
    AnnData
        As :func:`clear.benchmark.data.readers.tenx_mtx.read_tenx_mtx` has it.

    Raises
    ------
    ClearError
        A file is damaged or not of 10x Genomics; the samples have different genes, or two of
        them the same name; there are several genomes, or no such genome or type.
    """
    shown = ", ".join(map(str, files["matrix"]))
    with TemporaryDirectory() as folder:
        paths = _files(files["matrix"], pattern, Path(folder), shown)
        labels = label_samples(map(_place, paths), list(paths), pattern, shown)
        data = {}
        for (name, path), (label, columns) in zip(paths.items(), labels, strict=True):
            one = _read(path, name, genome)
            data[label] = choose_features(one, name, feature_type, genome)
            data[label].obs = one.obs.assign(**columns)
    return join_samples(data) if len(data) > 1 or pattern else data[labels[0][0]]


def _files(paths: list[Path], pattern: str | None, folder: Path, shown: str) -> dict[str, Path]:
    """Return the files by their names; those in archives are unpacked."""
    found = {}
    for number, path in enumerate(paths):
        archive = is_archive(path)
        inside = [
            name
            for name, _ in entries(path)
            if (SUFFIX.search(name) or not archive) and (not pattern or re.search(pattern, name))
        ]
        if inside:
            exactly = f"^({'|'.join(map(re.escape, inside))})$"
            place = f"{path.name}/" if archive and len(paths) > 1 else ""
            for name, file in unpack(path, folder / str(number), exactly).items():
                found[place + name] = file
    if not found:
        raise ClearError(
            f"{shown}: no .h5 file is to be read. Correct `pattern` in the card's reader_options."
        )
    return found


def _place(name: str) -> tuple[str, ...]:
    *folders, file = name.split("/")
    return (*folders, *filter(None, [SUFFIX.sub("", file)]))


def _read(path: Path, name: str, genome: str | None) -> AnnData:
    with open_hdf5(path) as store:
        try:
            if "matrix/features" in store:
                group, features = store["matrix"], store["matrix/features"]
                columns = {"gene_id": "id", "gene_symbol": "name"}
                columns |= {c: c for c in ("feature_type", "genome") if c in features}
            else:
                genomes = {key for key in store if f"{key}/genes" in store}
                if not genomes:
                    raise ClearError(
                        f"{name} is no .h5 file of 10x Genomics: it has neither `matrix` nor a "
                        f"group for each genome, but: {', '.join(store) or 'nothing'}."
                    )
                group = features = store[choose_genome(genomes, name, genome)]
                columns = {"gene_id": "genes", "gene_symbol": "gene_names"}
            table = pd.DataFrame({c: features[key].asstr()[()] for c, key in columns.items()})
            if features is group:
                table["genome"] = group.name.removeprefix("/")
            arrays = tuple(group[part][()] for part in ("data", "indices", "indptr"))
            # Compressed columns of features x cells are the rows of the transpose.
            matrix = sparse.csr_matrix(arrays, shape=tuple(group["shape"][()])[::-1])
            matrix.check_format(full_check=True)
            return sample_data(matrix, group["barcodes"].asstr()[()], table, name)
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ClearError(f"{name} is damaged or incomplete: {error}") from error
