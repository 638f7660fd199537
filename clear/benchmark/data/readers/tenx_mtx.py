"""Folders of 10x Genomics: a Matrix Market file with lists of its features and barcodes."""

import csv
import io
import re
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse
from scipy.io import mminfo, mmread

from clear.benchmark.data.archives import archives
from clear.benchmark.data.readers.tenx import as_sample, joined
from clear.benchmark.data.readers.tenx_files import ROLES, SampleFiles, find_samples
from clear.errors import ClearError

# Where several genomes were counted together, ids begin with theirs: mm10___ENSMUSG00000051951.
GENOME_IN_ID = r"^(.+?)_+ENS[A-Z]*G\d"
SHORTEST = {"coordinate": "1 1\n", "array": "1\n"}  # lines of a Matrix Market file
COLUMNS = ("gene_id", "gene_symbol", "feature_type")


def read_tenx_mtx(
    files: dict[str, list[Path]],
    pattern: str | None = None,
    genome: str | None = None,
) -> AnnData:
    """Read 10x Genomics folders of version 2 (``genes.tsv``) or 3 (``features.tsv.gz``).

    ``matrix`` is a folder, archives that hold one or several, or in one folder files named
    ``<sample>_matrix.mtx.gz``; or all three roles name files.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes), ``var`` named by the symbols as published, with ``gene_id``
        and ``gene_symbol``. Where there are several samples or a pattern, ``obs`` has ``sample``,
        ``barcode`` and the groups of the pattern, and cells are named ``<sample>_<barcode>``.

    Raises
    ------
    ClearError
        Files are missing, damaged or do not fit together; the samples have different genes;
        there are several genomes, or no such genome.
    """
    samples = find_samples(files, pattern)
    parsed = _parse(samples)
    found = []
    for number, sample in enumerate(samples):
        path, name = sample.parts["matrix"]
        file = str(path) if path.name == name else f"{path}: {name}"
        data = _data(*(parsed.pop((number, role)) for role in ROLES), file)
        found.append(as_sample(data, sample.described, file, genome))
    return joined(found, pattern)


def _parse(samples: list[SampleFiles]) -> dict:
    """Read the files in the order of their archives, by number of the sample and role."""
    wanted = {}
    for number, sample in enumerate(samples):
        for role, (path, name) in sample.parts.items():
            wanted.setdefault(path, {}).setdefault(name, []).append((number, role))
    parsed = {}
    for path, names in wanted.items():
        pattern = f"^({'|'.join(map(re.escape, names))})$"
        for name, stream in archives.members([path], pattern):
            (_, role), *_ = names[name]
            read = _read_matrix if role == "matrix" else _read_table
            try:
                parsed |= dict.fromkeys(names[name], read(stream))
            except (ValueError, OverflowError) as error:
                raise ClearError(
                    f"{stream.name} is damaged, incomplete or no file of 10x Genomics: {error}"
                ) from error
    return parsed


def _read_matrix(stream: BinaryIO) -> sparse.coo_matrix | np.ndarray:
    """Read a matrix of features x cells, unless its header says more than the file can hold.

    No memory is taken for rows and columns, which are compared with the lists first.
    """
    *_, entries, layout, _, _ = mminfo(io.BytesIO(stream.peek()))
    most = stream.raw.most // len(SHORTEST[layout])
    if entries > most:
        raise ValueError(
            f"its header says {entries:,} entries, but a file of this size holds {most:,} at "
            "most. Get it again."
        )
    return mmread(stream)


def _read_table(stream: BinaryIO) -> pd.DataFrame:
    # There are genes named NA and nan, and quotation marks in names.
    options = {"dtype": str, "keep_default_na": False, "quoting": csv.QUOTE_NONE}
    return pd.read_csv(stream, sep="\t", header=None, **options)


def _data(
    matrix: sparse.coo_matrix | np.ndarray,
    features: pd.DataFrame,
    barcodes: pd.DataFrame,
    file: str,
) -> AnnData:
    if features.shape[1] == 1:  # both id and symbol
        features = pd.concat([features, features], axis=1)
    var = features.iloc[:, : len(COLUMNS)].set_axis(COLUMNS[: features.shape[1]], axis=1)
    in_id = var["gene_id"].str.extract(GENOME_IN_ID)[0]
    if in_id.notna().any():
        var["genome"] = in_id.fillna("")
    var.index = pd.Index(var["gene_symbol"].to_numpy(), dtype=object)
    obs = pd.DataFrame(index=pd.Index(barcodes[0].to_numpy(), dtype=object))
    if matrix.shape != (len(var), len(obs)):
        raise ClearError(
            f"{file} is a matrix of {matrix.shape[0]} features x {matrix.shape[1]} cells, but "
            f"there are {len(var)} features and {len(obs)} barcodes: the files do not belong "
            "together, or one is incomplete."
        )
    return AnnData(sparse.csr_matrix(matrix.T), obs, var)
