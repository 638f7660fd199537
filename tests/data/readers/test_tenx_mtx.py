"""10x Genomics folders: real ones of both versions, and small ones made in their format."""

import gzip

import numpy as np
import pytest
import scanpy as sc

from clear.benchmark.data.archives.limits import HARMLESS
from clear.benchmark.data.readers.tenx_mtx import read_tenx_mtx
from clear.errors import ClearError

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]])  # cells x genes
BARCODES = ["AAAC-1", "AAAG-1", "AAAT-1", "AACA-1"]
IDS = ["ENSG01", "ENSG02", "ENSG03"]
DENSE = "%%MatrixMarket matrix array integer general\n"
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


@pytest.fixture
def files(tmp_path):
    """Write a sample's files and return them by their roles."""

    def files(**contents):
        found = {}
        for name, content in contents.items():
            role = {"genes": "features"}.get(name.split("_")[0], name.split("_")[0])
            path = tmp_path / name.replace("_", ".")
            path.write_bytes(content)
            found.setdefault(role, []).append(path)
        return found

    def written(parts=None, **changes):
        parts = {name.replace(".", "_"): text for name, text in (parts or sample()).items()}
        return files(**(parts | changes))

    return written


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


def test_samples_of_a_geo_archive(tar):
    packed = tar(
        sample("GSM1_ctrl_a_", 2) | sample("GSM2_stim_b.", counts=COUNTS[:2] * 2) | {"x.csv": b"1"}
    )
    adata = read_tenx_mtx(packed)
    assert (adata.X.toarray() == np.vstack([COUNTS, COUNTS[:2] * 2])).all()
    assert adata.obs["sample"].tolist() == ["GSM1_ctrl_a"] * 4 + ["GSM2_stim_b"] * 2
    assert adata.obs["barcode"].tolist() == BARCODES + BARCODES[:2]
    assert adata.obs_names[4] == "GSM2_stim_b_AAAC-1" and adata.obs_names.is_unique
    assert list(adata.var["gene_id"]) == IDS

    pattern = r"(?P<sample>GSM\d+)_(?P<condition>[a-z]+)_"
    adata = read_tenx_mtx(packed, pattern=pattern)
    assert adata.obs["sample"].tolist() == ["GSM1"] * 4 + ["GSM2"] * 2
    assert adata.obs["condition"].tolist() == ["ctrl"] * 4 + ["stim"] * 2
    one = read_tenx_mtx(packed, pattern=r"(?P<condition>stim)")
    assert one.shape == (2, 3) and one.obs_names[0] == "GSM2_stim_b_AAAC-1"


def test_samples_in_folders_of_one_or_several_archives(tar):
    inside = "/outs/filtered_feature_bc_matrix/"
    one, two = sample(f"S1{inside}"), sample(f"S2{inside}", counts=COUNTS * 2)
    joined = read_tenx_mtx(tar(one | two))
    assert list(joined.obs["sample"].unique()) == ["S1", "S2"]
    same = {name.removeprefix("S2/"): content for name, content in two.items()}
    first = {name.removeprefix("S1/"): content for name, content in one.items()}
    apart = read_tenx_mtx(
        {"matrix": tar(first, "S1.tar")["matrix"] + tar(same, "S2.tar")["matrix"]}
    )
    assert (apart.X != joined.X).nnz == 0 and apart.obs.equals(joined.obs)


def test_samples_as_files_of_several(files, tmp_path):
    listed = {"matrix": [], "features": [], "barcodes": []}
    for name, factor in (("b", 2), ("a", 1)):
        for file, content in sample(f"{name}_", counts=COUNTS * factor).items():
            (tmp_path / file).write_bytes(content)
            listed[file.split("_")[1].split(".")[0]].append(tmp_path / file)
    adata = read_tenx_mtx(listed)
    assert list(adata.obs["sample"].unique()) == ["b", "a"]
    assert (adata.X.toarray() == np.vstack([COUNTS * 2, COUNTS])).all()


def test_list_of_features_that_all_samples_share(files, tmp_path, tar):
    shared = {"GSE1_features.tsv.gz": sample()["features.tsv.gz"]}
    for name, factor in (("GSM1_A-", 1), ("GSM2_B-", 2)):
        own = sample(name, counts=COUNTS * factor)
        shared |= {file: own[file] for file in own if "features" not in file}
    adata = read_tenx_mtx(tar(shared))
    assert list(adata.obs["sample"].unique()) == ["GSM1_A", "GSM2_B"]
    assert (adata.X.toarray() == np.vstack([COUNTS, COUNTS * 2])).all()


def test_names_of_single_files_do_not_matter(tmp_path):
    found = {}
    for role, content in zip(
        ("features", "matrix", "barcodes"), sample(version=2).values(), strict=True
    ):
        found[role] = [tmp_path / f"{len(found)}_of_mine.txt"]
        found[role][0].write_bytes(content)
    assert (read_tenx_mtx(found).X.toarray() == COUNTS).all()


def test_genes_in_another_order_are_matched_by_id(tar):
    turned = sample("b_", ids=IDS[::-1], counts=COUNTS[:, ::-1])
    adata = read_tenx_mtx(tar(sample("a_") | turned))
    assert (adata.X.toarray() == np.vstack([COUNTS, COUNTS])).all()


def test_samples_with_other_genes(tar):
    other = sample("b_", ids=["ENSG01", "ENSG02", "ENSG09"])
    with pytest.raises(ClearError, match=r"a_matrix.*\(3 genes\) and .*b_matrix.* 2 are in one"):
        read_tenx_mtx(tar(sample("a_") | other))


def test_raw_and_filtered_matrices(tar):
    packed = tar(
        sample("filtered_feature_bc_matrix/") | sample("raw_feature_bc_matrix/", counts=COUNTS * 2)
    )
    with pytest.raises(ClearError, match="there are raw and filtered matrices"):
        read_tenx_mtx(packed)
    adata = read_tenx_mtx(packed, pattern="^filtered")
    assert (adata.X.toarray() == COUNTS).all()


def test_samples_that_get_one_name(tar):
    packed = tar(sample("GSM1_a_") | sample("GSM1_b_"))
    with pytest.raises(ClearError, match="two samples are named 'GSM1'"):
        read_tenx_mtx(packed, pattern=r"(?P<sample>GSM\d)")


def test_missing_files(tar, tmp_path):
    parts = sample("GSM1_")
    del parts["GSM1_barcodes.tsv.gz"]
    with pytest.raises(ClearError, match="no file of barcodes that belongs to GSM1_features"):
        read_tenx_mtx(tar(parts))
    with pytest.raises(ClearError, match="no files named like matrix.mtx"):
        read_tenx_mtx(tar({"a.csv": b"1"}))
    (tmp_path / "matrix.mtx").write_bytes(mtx().encode())
    with pytest.raises(ClearError, match="no file of features that belongs to matrix.mtx"):
        read_tenx_mtx({"matrix": [tmp_path / "matrix.mtx"]})
    with pytest.raises(ClearError, match="of one sample"):
        read_tenx_mtx(tar(sample() | {"matrix.mtx": b""}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (mtx(header=(3, 4, 6)), "Truncated file. Expected another 1 lines"),
        (mtx(header=(3, 4, 4)), "Too many lines"),
        (
            mtx(header=(3, 4, 10**12)),
            "its header says 1,000,000,000,000 entries, but .* 29 at",
        ),
        (mtx(header=(10**12, 4, 5)), "1000000000000 features x 4 cells, but there are 3"),
        (mtx(header=(3, 10**12, 5)), "3 features x 1000000000000 cells, but there are 3"),
        (mtx(header=(3, 10**30, 5)), "Integer out of range"),
        (DENSE + "1000000 100000000\n1\n", "says 100,000,000,000,000 entries"),
        (mtx(header=(2, 4, 5)), "Row index out of bounds"),
        (mtx().replace("3 4 7", "0 4 7"), "Row index out of bounds"),
        (mtx()[:-2], "Invalid integer value"),
        (mtx().replace("%%Matrix", "Matrix"), "Not a Matrix Market file"),
        ("", "Not a Matrix Market file"),
        (mtx(header=(4, 4, 5)), "4 features x 4 cells, but there are 3 features and 4 barcodes"),
        (mtx(header=(3, 5, 5)), "3 features x 5 cells, but there are 3 features and 4 barcodes"),
    ],
)
def test_damaged_matrices(files, text, message):
    broken = files(sample(version=2), matrix_mtx=text.encode())
    with pytest.raises(ClearError, match=rf"matrix\.mtx.*{message}"):
        read_tenx_mtx(broken)


def test_an_absurd_header_in_an_archive(tar):
    text = mtx(header=(3, 4, 10**12)).encode()
    for parts in ({"matrix.mtx.gz": gzip.compress(text)}, {"matrix.mtx": text}):
        rest = {k: v for k, v in sample().items() if not k.startswith("matrix")}
        with pytest.raises(ClearError, match="its header says 1,000,000,000,000 entries"):
            read_tenx_mtx(tar(rest | parts))


def test_a_folder_larger_than_what_archives_may_unpack(tmp_path):
    for name, text in sample(version=2).items():
        (tmp_path / name).write_bytes(text)
    with (tmp_path / "matrix.mtx").open("ab") as file:
        file.write(b"\n" * (HARMLESS + 1))
    assert read_tenx_mtx({"matrix": [tmp_path]}).shape == (4, 3)


def test_damaged_lists(files):
    content = gzip.compress(lines(IDS, SYMBOLS).encode())
    with pytest.raises(ClearError, match=r"features\.tsv\.gz"):
        read_tenx_mtx(files(features_tsv_gz=content[:-12]))
    with pytest.raises(ClearError, match=r"barcodes\.tsv\.gz is damaged, incomplete or no file"):
        read_tenx_mtx(files(barcodes_tsv_gz=gzip.compress(b"")))
    with pytest.raises(ClearError, match=r"features\.tsv\.gz is damaged, incomplete or no file"):
        read_tenx_mtx(files(features_tsv_gz=gzip.compress(b"a\tb\na\tb\tc\td\n")))


def test_folder_as_it_is(shared_data):
    """A user's own `path` may name the folder that Cell Ranger wrote."""
    folder = shared_data / "native" / "tenx_v3"
    parts = {"features": "features.tsv.gz", "barcodes": "barcodes.tsv.gz"}
    files = {"matrix": [folder / "matrix.mtx.gz"]} | {k: [folder / v] for k, v in parts.items()}
    one, other = read_tenx_mtx({"matrix": [folder]}), read_tenx_mtx(files)
    assert (one.X != other.X).nnz == 0
    assert one.obs.equals(other.obs) and one.var.equals(other.var)
