"""What cards say of the files of archive_files.py, and what must come of them."""

import runpy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np

files = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("archive_files.py"))))


@dataclass
class Format:
    """Files, what a card says of them, and what must come of them.

    ``make`` is a function of archive_files.py; ``about`` are keys of the card; ``roles`` those of
    files that are not the matrix.
    """

    make: Callable[[Path], dict[str, bytes]]
    about: dict
    roles: dict[str, str] = field(default_factory=dict)
    counts: np.ndarray = field(default_factory=lambda: files.COUNTS)
    cells: list[str] = field(default_factory=lambda: files.CELLS)
    genes: list[str] = field(default_factory=lambda: files.GENES)
    types: list[str] = field(default_factory=lambda: files.TYPES)
    batches: list[str] | None = None


def annotation(file: str, **spec) -> dict:
    return {"annotations": [{"file": file, **spec}]}


FORMATS = {
    "h5ad": Format(files.h5ad, {"label": "kind"}),
    "sce": Format(
        files.sce,
        {
            "reader_options": {"assay": "counts"},
            "label": "label",
            "label_rule": {"drop": [""], "reason": "one cell has no label"},
        },
        counts=files.COUNTS[[0, 2, 3]],
        cells=["c1", "c3", "c4"],
        genes=["g1", "g2", "g3"],
        types=["b", "a", "a"],
    ),
    "r_frames": Format(
        files.r_frames,
        {
            "reader": "r_frames",
            "reader_options": {"expression": "expression", "cells": "about"},
            "label": "kind",
        },
    ),
    "r_matrix_lists": Format(
        files.r_matrix_lists,
        {
            "reader": "r_matrix_lists",
            "reader_options": {"element": "exon", "pattern": r"GSM\d_(?P<sample>[AB])_cell\."},
            "label": None,
            "batch": ["donor", "state"],
            **annotation("donors.csv", match="^([AB])_", columns={"donor": "id", "state": "state"}),
        },
        {"donors.csv": "annotation"},
        cells=["A_AAAC", "A_AAAG", "B_AAAC", "B_AAAG"],
        types=["unlabelled"] * 4,
        batches=["d1 / well", "d1 / well", "d2 / ill", "d2 / ill"],
    ),
    "cell_tables": Format(
        files.cell_tables,
        {
            "reader": "cell_tables",
            "reader_options": {
                "gene": "#Gene_symbol",
                "value": "reads",
                "pattern": r"^GSM\d+_(?P<cell>(?P<stage>zy|(early|mid|late)blast)_[\d-]+)_expr",
            },
            "label": "stage",
            "label_rule": {"merge": {"blast": ["earlyblast", "midblast", "lateblast"]}},
            "stage": "stage",
            "stages": ["zy", "blast"],
        },
        cells=["zy_1", "earlyblast_1-1", "midblast_2-1", "lateblast_1-1"],
        types=["zy", "blast", "blast", "blast"],
    ),
    "table": Format(
        files.table,
        {
            "reader_options": {"genes_in": "rows"},
            "label": "kind",
            "label_rule": {"drop": ["NA"]},
            **annotation("GSE1_types.csv.gz"),
        },
        {"GSE1_types.csv.gz": "annotation"},
        counts=files.COUNTS[[0, 1, 3]],
        cells=["c1", "c2", "c4"],
        types=["T", "B", "B"],
    ),
    "tenx_mtx": Format(
        files.tenx_raw_tar,
        {
            "reader": "tenx_mtx",
            "reader_options": {"pattern": r"GSM\d_(?P<sample>[AB])_matrix"},
            "label": "kind",
            "batch": "sample",
            "genes": "gene_symbol",
            **annotation("types.tsv", match="^(.+)-1$"),
        },
        {"types.tsv": "annotation"},
        cells=["A_AAAC-1", "A_AAAG-1", "B_AAAC-1", "B_AAAG-1"],
        batches=["A", "A", "B", "B"],
    ),
    "tenx_h5": Format(
        files.tenx_h5,
        {
            "reader_options": {"pattern": r"(?P<sample>GSM\d_[AB])_filtered"},
            "derive": {"tissue": {"from": "sample", "pattern": "_([AB])$"}},
            "label": "tissue",
        },
        cells=["GSM0_A_AAAC-1", "GSM0_A_AAAG-1", "GSM1_B_AAAC-1", "GSM1_B_AAAG-1"],
        types=["A", "A", "B", "B"],
    ),
    "mtx_parts": Format(
        files.mtx_parts,
        {
            "reader": "mtx_parts",
            "label": "kind",
            "batch": "donor",
            **annotation("annotation.csv.gz", key="cellName"),
        },
        {
            "features.tsv.gz": "features",
            "barcodes.tsv.gz": "barcodes",
            "annotation.csv.gz": "annotation",
        },
        batches=["d2", "d1", "d1", "d2"],
    ),
}
