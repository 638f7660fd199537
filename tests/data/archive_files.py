"""Small files as archives have them, in every format, made by other means than the readers use.

All hold the same 4 cells x 3 genes. A function returns the content of each file by its name; it
may use a folder.
"""

import csv
import gzip
import io
import tarfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pandas as pd
from scipy import sparse

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]])  # cells x genes
CELLS = ["c1", "c2", "c3", "c4"]
GENES = ["G1", "G2", "G3"]
TYPES = ["T", "B", "NK", "B"]
OF_R = Path(__file__).parent / "readers"  # where the files that R made are


def lines(rows, separator="\t") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def zipped_lines(rows, separator="\t") -> bytes:
    return gzip.compress(lines(rows, separator))


def tar(contents: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def mtx(counts: np.ndarray) -> bytes:
    """Matrix Market of genes x cells, sorted by cell."""
    entries = [(g + 1, c + 1, n) for c, row in enumerate(counts) for g, n in enumerate(row) if n]
    head = "%%MatrixMarket matrix coordinate integer general\n%\n"
    size = (counts.shape[1], counts.shape[0], len(entries))
    return gzip.compress(
        (head + "".join(f"{a} {b} {c}\n" for a, b, c in [size, *entries])).encode()
    )


def features() -> bytes:
    return zipped_lines([f"ENSG0{i}", gene, "Gene Expression"] for i, gene in enumerate(GENES))


def genes_in_rows(cells: list[str], title: str = "") -> list[list]:
    return [[title, *cells], *([gene, *COUNTS[:, i]] for i, gene in enumerate(GENES))]


def types_table(cells=CELLS, title="cell", types=TYPES, others=None) -> list[list]:
    """A table of the cells in an order of its own, with one that has no expression."""
    rows = [[cell, kind] for cell, kind in zip(cells, types, strict=True)]
    rows = [[cell, kind, (others or {}).get(cell, "")] for cell, kind in rows]
    return [[title, "kind", "donor"], rows[2], ["stranger", "T", ""], rows[0], rows[3], rows[1]]


# What each format's files are.


def h5ad(folder: Path) -> dict[str, bytes]:
    obs, var = pd.DataFrame({"kind": TYPES}, index=CELLS), pd.DataFrame(index=GENES)
    adata = anndata.AnnData(sparse.csr_matrix(COUNTS.astype(np.float32)), obs=obs, var=var)
    adata.write_h5ad(folder / "cells.h5ad")
    return {"cells.h5ad": (folder / "cells.h5ad").read_bytes()}


def sce(folder: Path) -> dict[str, bytes]:
    return {"cells.rds": (OF_R / "sce_small.rds").read_bytes()}


def r_frames(folder: Path) -> dict[str, bytes]:
    return {"cells.rda": (OF_R / "frames_small.rda").read_bytes()}


def r_matrix_lists(folder: Path) -> dict[str, bytes]:
    """The files, which R compresses, are gzipped once more, as in GSE150728."""
    names = {s: f"GSM{i}_{s}_cell.counts.matrices.rds.gz" for i, s in enumerate("AB")}
    return {
        "GSE1_RAW.tar": tar(
            {
                name: gzip.compress((OF_R / f"list_small_{sample}.rds").read_bytes())
                for sample, name in names.items()
            }
        ),
        "donors.csv": lines(
            [["ident", "id", "state"], ["B", "d2", "ill"], ["A", "d1", "well"]], ","
        ),
    }


def cell_tables(folder: Path) -> dict[str, bytes]:
    """As Deng et al. have it in GEO; the last cell is no embryo."""
    contents = {}
    cells = ["zy_1", "earlyblast_1-1", "midblast_2-1", "lateblast_1-1", "fibroblast_1"]
    for number, (cell, counts) in enumerate(zip(cells, [*COUNTS, COUNTS[0]], strict=True)):
        rows = [[gene, n / 8, n] for gene, n in zip(GENES, counts, strict=True)]
        rows = [["#Gene_symbol", "RPKM", "reads"], *(rows[::-1] if number == 2 else rows)]
        contents[f"GSM{11 + number}_{cell}_expression.txt.gz"] = zipped_lines(rows)
    return {"GSE45719_RAW.tar": tar(contents)}


def table(folder: Path) -> dict[str, bytes]:
    """As R's write.csv has it; the third cell was given no type."""
    kinds = [row[:2] for row in types_table(title="", types=["T", "B", "NA", "B"])]
    return {
        "GSE1_raw.csv.gz": zipped_lines(genes_in_rows(CELLS), ","),
        "GSE1_types.csv.gz": zipped_lines(kinds, ","),
    }


def tenx_raw_tar(folder: Path) -> dict[str, bytes]:
    """Two samples with the same barcodes."""
    contents = {}
    for number, sample in enumerate("AB"):
        name = f"GSM{number}_{sample}_"
        contents[f"{name}barcodes.tsv.gz"] = zipped_lines([["AAAC-1"], ["AAAG-1"]])
        contents[f"{name}features.tsv.gz"] = features()
        contents[f"{name}matrix.mtx.gz"] = mtx(COUNTS[2 * number :][:2])
    kinds = types_table([f"{sample}_{code}" for sample in "AB" for code in ("AAAC", "AAAG")])
    return {"GSE1_RAW.tar": tar(contents), "types.tsv": lines(kinds)}


def tenx_h5(folder: Path) -> dict[str, bytes]:
    """A sample of Cell Ranger 3, and one of Cell Ranger 2."""
    ids = [f"ENSG0{i}" for i in range(3)]
    texts = {
        "matrix": {
            "features/id": ids,
            "features/name": GENES,
            "features/feature_type": ["Gene Expression"] * 3,
            "features/genome": ["mm10"] * 3,
        },
        "mm10": {"genes": ids, "gene_names": GENES},
    }
    contents = {}
    for number, (group, features) in enumerate(texts.items()):
        name = f"GSM{number}_{'AB'[number]}_filtered_gene_bc_matrices_h5.h5"
        cells = COUNTS[2 * number :][:2]
        with h5py.File(folder / name, "w") as file:
            file[f"{group}/data"] = cells[cells > 0]
            file[f"{group}/indices"] = np.nonzero(cells)[1]
            file[f"{group}/indptr"] = np.cumsum([0, *(cells > 0).sum(axis=1)])
            file[f"{group}/shape"] = [3, 2]
            file[f"{group}/barcodes"] = np.array(["AAAC-1", "AAAG-1"], dtype="S")
            for key, values in features.items():
                file[f"{group}/{key}"] = np.array(values, dtype="S")
        contents[name] = (folder / name).read_bytes()
    return contents


def mtx_parts(folder: Path) -> dict[str, bytes]:
    donors = dict(zip(CELLS, ["d2", "d1", "d1", "d2"], strict=True))
    return {
        "first.mtx.gz": mtx(COUNTS[:1]),
        "second.mtx.gz": mtx(COUNTS[1:]),
        "features.tsv.gz": zipped_lines([gene] for gene in GENES),
        "barcodes.tsv.gz": zipped_lines([cell] for cell in CELLS),
        "annotation.csv.gz": zipped_lines(types_table(title="cellName", others=donors), ","),
    }
