"""Samples in the format of Cell Ranger, small and made up."""

import gzip

import numpy as np

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]])  # cells x genes
BARCODES = ["AAAC-1", "AAAG-1", "AAAT-1", "AACA-1"]
IDS = ["ENSG01", "ENSG02", "ENSG03"]
SYMBOLS = ["NA", "DUP", "DUP"]


def mtx(counts=COUNTS, header=None):
    """Matrix Market text of features x cells, as Cell Ranger writes it."""
    entries = [(g + 1, c + 1, n) for c, row in enumerate(counts) for g, n in enumerate(row) if n]
    head = "%%MatrixMarket matrix coordinate integer general\n%metadata_json: {}\n"
    size = header or (counts.shape[1], counts.shape[0], len(entries))
    return head + "".join(f"{a} {b} {c}\n" for a, b, c in [size, *entries])


def lines(*columns):
    return "".join("\t".join(row) + "\n" for row in zip(*columns, strict=True))


def sample(prefix="", version=3, counts=COUNTS, ids=IDS, types=None):
    """Names and contents of a sample's files."""
    types = types or ["Gene Expression"] * len(ids)
    columns = [ids, SYMBOLS[: len(ids)], types][:version]
    names = {3: ("features.tsv.gz", "matrix.mtx.gz", "barcodes.tsv.gz")}.get(
        version, ("genes.tsv", "matrix.mtx", "barcodes.tsv")
    )
    texts = (lines(*columns), mtx(counts), lines(BARCODES[: len(counts)]))
    return {
        prefix + name: gzip.compress(text.encode()) if name.endswith("gz") else text.encode()
        for name, text in zip(names, texts, strict=True)
    }
