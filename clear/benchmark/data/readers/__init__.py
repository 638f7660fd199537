"""Readers of the formats in which archives and users keep expression data.

A reader is a function ``read(files, **options)``. ``files`` maps the roles of a card's files
(``matrix``, ``features``, ``barcodes``) to paths, in the card's order; its options are those of
:data:`READERS`. It returns the data as published: an :class:`anndata.AnnData` with ``X`` CSR,
cells x genes, or, if they exceed memory, a :class:`clear.benchmark.data.stream.CellStream`.

To add one: a module in this package, and an entry here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module


@dataclass(frozen=True)
class Reader:
    """A reader and its options, known without importing its module.

    Attributes
    ----------
    function
        ``module.function`` in this package.
    meaning
        The formats that it reads, for the documentation.
    options
        Its options under ``reader_options``, with their meaning.
    needed
        The options that a card must give.
    roles
        Roles that its files may have; the first one is required.
    single
        Whether it reads one file only.
    needs_unit
        Whether it takes the dataset's unit (argument ``unit``).
    """

    function: str
    meaning: str
    options: dict[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    roles: tuple[str, ...] = ("matrix",)
    single: bool = False
    needs_unit: bool = False

    def load(self) -> Callable:
        """Import the function."""
        module, name = self.function.rsplit(".", 1)
        return getattr(import_module(f"{__name__}.{module}"), name)


PATTERN = (
    "Regular expression with named groups, searched in the name of each file inside; the group "
    "`cell` or `sample` names it, every group but `cell` becomes a column of the cells; files "
    "without a match are left out."
)

READERS = {
    "h5ad": Reader(
        "h5ad.read_h5ad",
        "AnnData of any version.",
        {"layer": "Layer instead of X.", "use_raw": "Take raw.X and raw.var."},
        single=True,
    ),
    "sce": Reader(
        "sce.read_sce",
        "Bioconductor SingleCellExperiment in .rds or .rda, without R.",
        {"assay": "Name of the assay; follows the unit where absent."},
        needs_unit=True,
        single=True,
    ),
    "r_frames": Reader(
        "r_frames.read_r_frames",
        "R matrices or data frames of genes x cells, with a data frame of the cells.",
        {
            "expression": "Name of the object with the expression.",
            "cells": "Name of the data frame with one row per cell, if there is one.",
        },
        needed=("expression",),
    ),
    "r_matrix_lists": Reader(
        "r_matrix_lists.read_r_matrix_lists",
        "Per sample an .rds with a list of sparse matrices of genes x cells; plain or in a tar.",
        {
            "element": "Name of the matrix to take from each list, such as exon.",
            "pattern": PATTERN,
        },
        needed=("element",),
    ),
    "cell_tables": Reader(
        "cell_tables.read_cell_tables",
        "Archive of one table per cell, as GEO's RAW tar has them.",
        {
            "gene": "Column with the gene's name.",
            "value": "Column with the expression.",
            "pattern": PATTERN,
        },
        needed=("gene", "value"),
    ),
    "table": Reader(
        "table.read_table",
        "CSV or TSV, cells x genes or genes x cells, plain, gzipped, or in a zip or tar; several "
        "are joined over the genes that all of them have.",
        {
            "genes_in": "Where the genes are: `rows` or `columns`.",
            "cell": "Column with the cell's name where genes are in columns (default: the first).",
            "gene": "Column with the gene's name where genes are in rows (default: the first).",
            "columns": "Columns of text that belong to the cells (genes in columns) or to the "
            "genes (genes in rows), not to the matrix.",
            "separator": "Separator; comma in .csv, tab elsewhere.",
            "decimal": "Decimal sign of the matrix: `.` (default) or `,`.",
            "pattern": PATTERN,
        },
        needed=("genes_in",),
    ),
    "tenx_mtx": Reader(
        "tenx_mtx.read_tenx_mtx",
        "10x Genomics folder (matrix.mtx, barcodes.tsv, genes.tsv or features.tsv, gzipped or "
        "not), in a zip or tar or as files; several samples are joined.",
        {
            "pattern": PATTERN,
            "genome": "Genome to keep, where there are several.",
        },
        roles=("matrix", "features", "barcodes"),
    ),
    "tenx_h5": Reader(
        "tenx_h5.read_tenx_h5",
        "10x Genomics .h5 of version 2 or 3; several samples are joined.",
        {
            "pattern": PATTERN,
            "genome": "Genome to keep, where there are several.",
        },
    ),
    "mtx_parts": Reader(
        "mtx_parts.read_mtx_parts",
        "Matrix Market in one or several parts, sorted by cell, with a list of genes and one of "
        "cells; larger than memory.",
        {
            "parts": "What the headers of several parts say: the number of their own `cells`, "
            "which follow each other (default), or the `whole` dimensions; a cell may then be "
            "split.",
        },
        roles=("matrix", "features", "barcodes"),
    ),
}

# The reader for a suffix, where the card names none.
BY_SUFFIX = {
    ".h5ad": "h5ad",
    ".rds": "sce",
    ".rda": "sce",
    ".rdata": "sce",
    ".h5": "tenx_h5",
    ".csv": "table",
    ".tsv": "table",
    ".mtx": "tenx_mtx",
}

# Formats without a reader: the function of anndata to convert them with.
CONVERTED = {".loom": "anndata.io.read_loom", ".zarr": "anndata.io.read_zarr"}
