"""HDF5 files of 10x Genomics, of Cell Ranger 3 and later or before."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import scanpy
from anndata import AnnData

from clear.benchmark.data.archives.archives import is_archive, unpack
from clear.benchmark.data.archives.containers import entries
from clear.benchmark.data.readers.hdf5 import check_sizes, open_hdf5
from clear.benchmark.data.readers.tenx import as_sample, choose_genome, joined, label_samples
from clear.errors import ClearError

# What Cell Ranger calls every sample's file does not name it: GSM1_filtered_feature_bc_matrix.h5.
SUFFIX = re.compile(
    r"([._-]?(raw|filtered)_(feature|gene)_bc_matri(x|ces)(_h5)?)?\.h5(\.gz)?$", re.IGNORECASE
)
COLUMNS = {"gene_ids": "gene_id", "feature_types": "feature_type"}  # of scanpy, and here


def read_tenx_h5(
    files: dict[str, list[Path]],
    pattern: str | None = None,
    genome: str | None = None,
) -> AnnData:
    """Read 10x Genomics ``.h5`` files of version 2 (a group per genome) or 3 (``matrix``).

    Returns
    -------
    AnnData
        As :func:`clear.benchmark.data.readers.tenx_mtx.read_tenx_mtx` has it.

    Raises
    ------
    ClearError
        A file is damaged or not of 10x Genomics; the samples have different genes, or two of
        them the same name; there are several genomes, or no such genome.
    """
    shown = ", ".join(map(str, files["matrix"]))
    with TemporaryDirectory() as folder:
        paths = _files(files["matrix"], pattern, Path(folder), shown)
        labels = label_samples(map(_place, paths), list(paths), pattern, shown)
        samples = [
            as_sample(_read(path, name, genome), described, name, genome)
            for (name, path), described in zip(paths.items(), labels, strict=True)
        ]
    return joined(samples, pattern)


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
    with open_hdf5(path) as file:
        check_sizes(file)
        genomes = {key for key in file if f"{key}/genes" in file}
        if "matrix" not in file and not genomes:
            if {"barcode_idx", "umi"} <= set(file):
                raise ClearError(
                    f"{name} is Cell Ranger's molecule_info.h5, a list of molecules: name its "
                    "filtered_feature_bc_matrix.h5 in the card."
                )
            raise ClearError(
                f"{name} is no .h5 file of 10x Genomics: it has neither `matrix` nor a group for "
                f"each genome, but: {', '.join(file) or 'nothing'}."
            )
    chosen = choose_genome(genomes, name, genome) if genomes else None
    try:
        data = scanpy.read_10x_h5(path, genome=chosen, gex_only=False)
        data.X.check_format(full_check=True)
    except Exception as error:  # scanpy raises a bare Exception for what is missing
        cause = error.__cause__ or error
        raise ClearError(f"{name} is damaged or incomplete: {cause}") from error
    data.var = data.var.rename(columns=COLUMNS).assign(gene_symbol=data.var_names)
    if chosen:
        data.var["genome"] = chosen
    return data
