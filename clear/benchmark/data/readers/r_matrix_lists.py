"""R files that each hold a list of sparse matrices of one sample, without R."""

from pathlib import Path

import pandas as pd
from anndata import AnnData

from clear.benchmark.data.archives.archives import describe, members
from clear.benchmark.data.readers.joined import Sample, join_samples
from clear.benchmark.data.readers.r_matrix import Expression, expression
from clear.benchmark.data.readers.r_values import items
from clear.benchmark.data.readers.rfile import read_r_stream
from clear.errors import ClearError

RDS = r"(?i)\.rds(\.gz)?$"


def read_r_matrix_lists(
    files: dict[str, list[Path]], element: str, pattern: str | None = None
) -> AnnData:
    """Read one matrix of genes x cells from the list of each sample, and join the samples.

    Memory holds the whole list of one sample at a time.

    Files, and archives of them, may be gzipped once or twice. Without a pattern all ``.rds`` files
    are read, and samples are named after them.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes). The genes are those of any sample, in the order in which they
        come; a sample has zeros where it lacks a gene. If a sample has a name several times, its
        first row is the same gene as the first of that name in another sample, and so on. Cells
        are named ``<sample>_<name in the file>``, since barcodes repeat between samples. ``obs``
        has ``sample``, ``barcode`` and the groups of the pattern.

    Raises
    ------
    ClearError
        A file or archive cannot be read; a list has no such matrix, or one without names; two
        files of one sample have cells of the same name.
    """
    samples = []
    for name, stream in members(files["matrix"], pattern or RDS):
        label, groups = describe(name, pattern)
        values, genes, cells = _element(stream, name, element)
        obs = pd.DataFrame(groups, index=pd.Index(cells, dtype=object))
        names = pd.Series(genes, dtype=object)
        data = AnnData(values, obs, pd.DataFrame(index=pd.Index(names)))
        keys = pd.MultiIndex.from_arrays([names, names.groupby(names).cumcount()])
        samples.append(Sample(label, name, data, keys))
    return join_samples(samples, "outer", prefix=True)


def _element(stream, name: str, element: str) -> Expression:
    where = getattr(stream, "name", name)
    objects = read_r_stream(stream, name, where).values()
    found = {key: value for node in objects for key, value in items(node)}
    if element not in found:
        raise ClearError(
            f"{where} has no element {element!r}; it has: {', '.join(found) or 'none'}. Correct "
            "`element` in the card's reader_options."
        )
    matrix = expression(found[element], f"element {element!r} of {where}")
    if matrix.genes is None or matrix.cells is None:
        what = "genes" if matrix.genes is None else "cells"
        raise ClearError(f"The {what} of the element {element!r} of {where} have no names.")
    return matrix
