"""10x Genomics folders of one sample: real ones, every version, genomes and types of features."""

import pytest
import scanpy as sc

from clear.benchmark.data.archives.limits import HARMLESS
from clear.benchmark.data.readers.tenx_mtx import read_tenx_mtx
from clear.errors import ClearError
from tests.data.readers.tenx.samples import BARCODES, COUNTS, IDS, SYMBOLS, sample


def roles(folder, features, suffix=""):
    names = {"matrix": "matrix.mtx", "features": features, "barcodes": "barcodes.tsv"}
    return {role: [folder / f"{name}{suffix}"] for role, name in names.items()}


def test_real_version_3_is_as_scanpy_reads_it(shared_data):
    folder = shared_data / "native" / "tenx_v3"
    adata = read_tenx_mtx(roles(folder, "features.tsv", ".gz"))
    known = sc.read_10x_mtx(folder, make_unique=False)
    assert adata.shape == (1107, 507) and adata.X.format == "csr"
    assert (adata.X != known.X).nnz == 0
    assert adata.obs_names.equals(known.obs_names) and adata.var_names.equals(known.var_names)
    assert (adata.var["gene_id"] == known.var["gene_ids"].to_numpy()).all()
    assert (adata.var["gene_symbol"] == known.var_names).all()
    assert adata.X[0, 457] == 3  # line `458 1 3` of the file
    assert list(adata.obs) == []


def test_real_version_2_as_files_and_as_folder_in_an_archive(shared_data, tar):
    folder = shared_data / "native" / "tenx_v2" / "hg19_chr21"
    known = sc.read_10x_mtx(folder, make_unique=False)
    inside = "filtered_gene_bc_matrices/hg19_chr21/"
    packed = tar({inside + path.name: path.read_bytes() for path in folder.iterdir()})
    for files in (roles(folder, "genes.tsv"), packed):
        adata = read_tenx_mtx(files)
        assert adata.shape == (12, 343) and (adata.X != known.X).nnz == 0
        assert adata.obs_names.equals(known.obs_names)
        assert adata.var_names.equals(known.var_names)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_symbols_and_ids(files, version):
    adata = read_tenx_mtx(files(sample(version=version)))
    assert (adata.X.toarray() == COUNTS).all() and list(adata.obs_names) == BARCODES
    assert list(adata.var["gene_id"]) == IDS
    symbols = IDS if version == 1 else SYMBOLS
    assert list(adata.var_names) == list(adata.var["gene_symbol"]) == symbols


def test_feature_types(files):
    parts = sample(types=["Gene Expression", "Antibody Capture", "Gene Expression"])
    adata = read_tenx_mtx(files(parts))
    assert list(adata.var["gene_id"]) == ["ENSG01", "ENSG03"]
    assert (adata.X.toarray() == COUNTS[:, [0, 2]]).all()
    with pytest.raises(ClearError, match="no features of the type 'Gene Expression'; it has: ADT"):
        read_tenx_mtx(files(sample(types=["ADT"] * 3)))


def test_genomes_in_the_ids(files):
    both = sample(ids=["GRCh38_ENSG01", "GRCh38_ENSG02", "mm10___ENSMUSG03"])
    with pytest.raises(ClearError, match=r"several genomes; its genomes: GRCh38, mm10\. Choose"):
        read_tenx_mtx(files(both))
    adata = read_tenx_mtx(files(both), genome="mm10")
    assert (adata.X.toarray() == COUNTS[:, [2]]).all()
    with pytest.raises(ClearError, match="no genome 'mm10'; its genomes: not named"):
        read_tenx_mtx(files(), genome="mm10")


def test_a_folder_for_each_genome(tar):
    packed = tar(
        sample("S1/filtered_gene_bc_matrices/hg19/", 2)
        | sample("S1/filtered_gene_bc_matrices/mm10/", 2, COUNTS[:2] * 2, ["M1", "M2", "M3"])
    )
    with pytest.raises(ClearError, match="not counted with the same genes.*leave one out by `pat"):
        read_tenx_mtx(packed)
    adata = read_tenx_mtx(packed, pattern="/mm10/")
    assert (adata.X.toarray() == COUNTS[:2] * 2).all()


def test_names_of_single_files_do_not_matter(tmp_path):
    found = {}
    for role, content in zip(
        ("features", "matrix", "barcodes"), sample(version=2).values(), strict=True
    ):
        found[role] = [tmp_path / f"{len(found)}_of_mine.txt"]
        found[role][0].write_bytes(content)
    assert (read_tenx_mtx(found).X.toarray() == COUNTS).all()


def test_raw_and_filtered_matrices(tar):
    packed = tar(
        sample("filtered_feature_bc_matrix/") | sample("raw_feature_bc_matrix/", counts=COUNTS * 2)
    )
    with pytest.raises(ClearError, match="there are raw and filtered matrices"):
        read_tenx_mtx(packed)
    adata = read_tenx_mtx(packed, pattern="^filtered")
    assert (adata.X.toarray() == COUNTS).all()


def test_a_folder_larger_than_what_archives_may_unpack(tmp_path):
    for name, text in sample(version=2).items():
        (tmp_path / name).write_bytes(text)
    with (tmp_path / "matrix.mtx").open("ab") as file:
        file.write(b"\n" * (HARMLESS + 1))
    assert read_tenx_mtx({"matrix": [tmp_path]}).shape == (4, 3)


def test_folder_as_it_is(shared_data):
    """A user's own `path` may name the folder that Cell Ranger wrote."""
    folder = shared_data / "native" / "tenx_v3"
    parts = {"features": "features.tsv.gz", "barcodes": "barcodes.tsv.gz"}
    files = {"matrix": [folder / "matrix.mtx.gz"]} | {k: [folder / v] for k, v in parts.items()}
    one, other = read_tenx_mtx({"matrix": [folder]}), read_tenx_mtx(files)
    assert (one.X != other.X).nnz == 0
    assert one.obs.equals(other.obs) and one.var.equals(other.var)
