"""R files that each hold a list of sparse matrices of one sample, without R."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.archives.archives import describe, members
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

    Parameters
    ----------
    files
        ``matrix``: ``.rds`` files, or tar or zip archives of them; gzipped once or twice.
    element
        Name of the matrix in each list, such as ``exon``.
    pattern
        Regular expression with named groups, searched in each file's name: ``sample`` names the
        sample, every other group becomes a column of the cells; files without a match are left
        out. All ``.rds`` files are read where it is absent, and a sample has its file's name.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes). The genes are those of any sample, in the order in which they
        come; a sample has zeros where it lacks a gene. Of a name that stands several times in a
        sample, the first one is the same gene as the first one in another, and so on. Every
        cell is named ``<sample>_<name in the file>``, since barcodes repeat between samples.
        ``obs`` has ``sample`` and the groups of the pattern.

    Raises
    ------
    ClearError
        A file or archive cannot be read; a list has no such matrix, or one without names; two
        files are of the same sample.
    """
    columns_of_genes: dict[tuple[str, int], int] = {}
    samples, parts = {}, []
    for name, stream in members(files["matrix"], pattern or RDS):
        sample, groups = describe(name, pattern)
        if sample in samples:
            raise ClearError(
                f"{samples[sample]} and {name} are both of sample {sample!r}: correct `pattern` "
                "in the card's reader_options."
            )
        samples[sample] = name
        matrix, genes, cells = _element(stream, name, element)
        columns = [columns_of_genes.setdefault(g, len(columns_of_genes)) for g in _numbered(genes)]
        matrix.indices = np.asarray(columns, matrix.indices.dtype)[matrix.indices]
        obs = pd.DataFrame(groups | {"sample": sample}, index=[f"{sample}_{c}" for c in cells])
        parts.append((matrix, obs))
    for matrix, _ in parts:  # genes that later samples added are columns of zeros
        matrix.resize(matrix.shape[0], len(columns_of_genes))
    joined = sparse.csr_matrix(sparse.vstack([matrix for matrix, _ in parts], format="csr"))
    joined.sort_indices()
    var = pd.DataFrame(index=pd.Index([name for name, _ in columns_of_genes], dtype=object))
    return AnnData(joined, obs=pd.concat([obs for _, obs in parts]), var=var)


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


def _numbered(genes: list[str]) -> list[tuple[str, int]]:
    """Tell genes of one name apart by how often it came before."""
    seen = Counter()
    numbered = []
    for gene in genes:
        numbered.append((gene, seen[gene]))
        seen[gene] += 1
    return numbered
