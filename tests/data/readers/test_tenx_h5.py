"""10x Genomics .h5 files: a real one, and small ones of both versions written with h5py."""

import re

import h5py
import numpy as np
import pytest
import scanpy as sc
from scipy import sparse

from clear.benchmark.data.readers.tenx_h5 import read_tenx_h5
from clear.benchmark.data.readers.tenx_mtx import read_tenx_mtx
from clear.errors import ClearError

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]], dtype=np.int32)  # cells x genes
BARCODES = ["AAAC-1", "AAAG-1", "AAAT-1", "AACA-1"]
IDS = ["ENSG01", "ENSG02", "ENSG03"]
SYMBOLS = ["NA", "DUP", "DUP"]
GENES = ["Gene Expression"] * 3


def write_matrix(group, counts, texts):
    matrix = sparse.csc_matrix(counts.T)
    for part in ("data", "indices", "indptr"):
        group[part] = getattr(matrix, part)
    group["shape"] = np.array(matrix.shape, dtype=np.int32)
    group["barcodes"] = np.array(BARCODES[: len(counts)], dtype="S")
    for name, values in texts.items():
        group[name] = np.array(values, dtype="S")


@pytest.fixture
def version_3(tmp_path):
    def write(name="s.h5", counts=COUNTS, ids=IDS, types=GENES, genomes=("GRCh38",) * 3):
        with h5py.File(tmp_path / name, "w") as file:
            texts = {"id": ids, "name": SYMBOLS, "feature_type": types, "genome": genomes}
            texts = {f"features/{key}": values for key, values in texts.items()}
            write_matrix(file.create_group("matrix"), counts, texts)
        return tmp_path / name

    return write


@pytest.fixture
def version_2(tmp_path):
    def write(**genomes):
        with h5py.File(tmp_path / "old.h5", "w") as file:
            for genome, counts in genomes.items():
                texts = {"genes": IDS, "gene_names": SYMBOLS}
                write_matrix(file.create_group(genome), counts, texts)
        return tmp_path / "old.h5"

    return write


def read(*paths, **options):
    return read_tenx_h5({"matrix": list(paths)}, **options)


def test_real_file_equals_the_folder_of_the_same_cells(shared_data):
    folder = shared_data / "native" / "tenx_v3"
    adata = read(folder / "filtered_feature_bc_matrix.h5")
    names = {"matrix": "matrix.mtx.gz", "features": "features.tsv.gz"}
    names["barcodes"] = "barcodes.tsv.gz"
    same = read_tenx_mtx({role: [folder / name] for role, name in names.items()})
    assert adata.shape == (1107, 507) and adata.X.nnz == same.X.nnz
    assert (adata.X != same.X).nnz == 0
    assert adata.obs.equals(same.obs) and adata.obs_names.equals(same.obs_names)
    columns = ["gene_id", "gene_symbol", "feature_type"]
    assert adata.var[columns].equals(same.var)
    assert set(adata.var["genome"]) == {"GRCh38_chr21"}


def test_version_3(version_3):
    types = ["Gene Expression", "Antibody Capture", "Gene Expression"]
    path = version_3(types=types, genomes=["GRCh38", "", "GRCh38"])
    adata = read(path)
    assert adata.X.format == "csr" and (adata.X.toarray() == COUNTS[:, [0, 2]]).all()
    assert list(adata.obs_names) == BARCODES and list(adata.var_names) == ["NA", "DUP"]
    assert list(adata.var["gene_id"]) == ["ENSG01", "ENSG03"]


def test_genomes_of_version_3(version_3):
    path = version_3(genomes=["hg38", "mm10", "hg38"])
    with pytest.raises(ClearError, match=r"s\.h5 has several genomes; its genomes: hg38, mm10"):
        read(path)
    assert (read(path, genome="hg38").X.toarray() == COUNTS[:, [0, 2]]).all()
    with pytest.raises(ClearError, match="no genome 'rn6'; its genomes: hg38, mm10"):
        read(path, genome="rn6")


def test_version_2(version_2):
    path = version_2(hg19=COUNTS, mm10=COUNTS[:2] * 2)
    with pytest.raises(ClearError, match=r"old\.h5 has several genomes; its genomes: hg19, mm10"):
        read(path)
    adata = read(path, genome="mm10")
    assert (adata.X.toarray() == COUNTS[:2] * 2).all() and list(adata.var["gene_id"]) == IDS
    assert adata.X.shape == sc.read_10x_h5(path, genome="mm10").shape
    path = version_2(hg19=COUNTS)
    assert (read(path).X.toarray() == COUNTS).all()
    assert list(read(path).var["gene_symbol"]) == SYMBOLS


def test_several_samples(version_3, tar):
    paths = [
        version_3("GSM1_ctrl_filtered_feature_bc_matrix.h5"),
        version_3("GSM2_stim_filtered_feature_bc_matrix.h5", COUNTS[:2] * 2),
    ]
    expected = np.vstack([COUNTS, COUNTS[:2] * 2])
    adata = read(*paths)
    assert (adata.X.toarray() == expected).all()
    assert adata.obs["sample"].tolist() == ["GSM1_ctrl"] * 4 + ["GSM2_stim"] * 2
    assert adata.obs_names[4] == "GSM2_stim_AAAC-1"
    contents = {path.name: path.read_bytes() for path in paths} | {"notes.txt": b""}
    archive = tar(contents)["matrix"]
    packed = read(*archive)
    assert (packed.X != adata.X).nnz == 0 and packed.obs.equals(adata.obs)
    chosen = read(*archive, pattern=r"(?P<sample>GSM2)_(?P<condition>[a-z]+)")
    assert chosen.obs["sample"].tolist() == ["GSM2"] * 2
    assert chosen.obs["condition"].tolist() == ["stim"] * 2
    assert (chosen.X.toarray() == COUNTS[:2] * 2).all()
    with pytest.raises(ClearError, match="no .h5 file is to be read"):
        read(*paths, pattern="GSM3")


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("indices", [0, 2, 1, 0, 9], "indices must be < 3"),
        ("indptr", [0, 2, 3, 4, 9], "index pointer"),
        ("data", [1, 2, 3], "indices and data should have the same size"),
        (
            "barcodes",
            np.array(BARCODES[:3], "S"),
            "`obs` must have as many rows as `X` has rows (4), but has 3",
        ),
        ("shape", [5, 4], "`var` must have as many rows as `X` has columns (5), but has 3"),
    ],
)
def test_damaged_matrices(version_3, part, value, message):
    path = version_3()
    with h5py.File(path, "a") as file:
        del file[f"matrix/{part}"]
        file[f"matrix/{part}"] = value
    with pytest.raises(ClearError, match=rf"s\.h5.*{re.escape(message)}"):
        read(path)


def test_incomplete_files(version_3):
    path = version_3()
    with h5py.File(path, "a") as file:
        del file["matrix/indptr"]
    with pytest.raises(ClearError, match=r"s\.h5 is damaged or incomplete: .*indptr"):
        read(path)
    content = version_3().read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ClearError, match=r"s\.h5 cannot be opened as HDF5"):
        read(path)


def test_files_that_are_not_of_10x(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w") as file:
        file["X"] = COUNTS
    with pytest.raises(ClearError, match=r"other\.h5 is no \.h5 file of 10x.*but: X"):
        read(path)
    with h5py.File(path, "w") as file:
        for name in ("barcode_idx", "barcodes", "count", "features", "umi"):
            file[name] = [1]
    with pytest.raises(ClearError, match=r"other\.h5 is Cell Ranger's molecule_info.h5.*filtered_"):
        read(path)
    path.write_text("cell,gene\n")
    with pytest.raises(ClearError, match=r"other\.h5 is not an HDF5 file"):
        read(path)
