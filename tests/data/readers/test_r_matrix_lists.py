"""Lists of sparse matrices per sample."""

import gzip
import tarfile

import pandas as pd
import pytest

from clear.benchmark.data.readers.r_matrix_lists import read_r_matrix_lists
from clear.errors import ClearError

PATTERN = r"^GSM\d_(?P<sample>[AB](_1)?)_(?P<status>healthy|covid)_cell"


@pytest.fixture
def paths(r_files):
    return sorted(r_files.glob("GSM*_cell.counts.matrices.rds"))


@pytest.fixture
def joined(r_files) -> pd.DataFrame:
    """The samples as R joins them; ``TWICE#1`` is the second row of that name."""
    return pd.read_csv(
        r_files / "joined.tsv", sep="\t", index_col=0, float_precision="round_trip"
    ).T


@pytest.fixture
def archive(paths, tmp_path):
    """A tar as GEO has it: its files are gzipped, though R compresses them already."""
    path = tmp_path / "GSE1_RAW.tar"
    with tarfile.open(path, "w") as tar:
        for source in paths:
            again = tmp_path / f"{source.name}.gz"
            again.write_bytes(gzip.compress(source.read_bytes()))
            tar.add(again, again.name)
    return path


def test_union_of_the_genes_as_r_joins_them(paths, joined):
    adata = read_r_matrix_lists({"matrix": paths}, "exon")
    assert (adata.X.toarray() == joined.to_numpy()).all()
    assert list(adata.var_names) == [name.split("#")[0] for name in joined.columns]
    ending = "_cell.counts.matrices"
    names = [
        f"{sample}_{cell}"
        for sample, cell in zip(adata.obs["sample"], _barcodes(joined), strict=True)
    ]
    assert list(adata.obs_names) == names
    assert adata.obs["sample"].str.removesuffix(ending).tolist() == _samples(joined)


def test_tar_of_gzipped_files_is_the_same(paths, archive):
    plain = read_r_matrix_lists({"matrix": paths}, "intron")
    packed = read_r_matrix_lists({"matrix": [archive]}, "intron")
    assert (plain.X != packed.X).nnz == 0
    assert plain.obs.equals(packed.obs) and plain.var.equals(packed.var)


def test_pattern_names_samples_and_leaves_files_out(archive, joined):
    adata = read_r_matrix_lists({"matrix": [archive]}, "exon", PATTERN)
    of_two = joined[[not name.startswith("GSM3") for name in joined.index]]
    of_two = of_two.loc[:, ["TP53", "GAPDH", "TWICE", "TWICE#1", "NEW"]]
    assert (adata.X.toarray() == of_two.to_numpy()).all()
    assert list(adata.obs_names) == ["A_1_AAAC", "A_1_AAAG", "A_1_AAAT", "B_AAAC", "B_CCCC"]
    assert adata.obs["sample"].tolist() == ["A_1"] * 3 + ["B"] * 2
    assert adata.obs["status"].tolist() == ["healthy"] * 3 + ["covid"] * 2
    assert "(_1)" not in adata.obs


def test_two_files_of_one_sample(paths):
    with pytest.raises(ClearError, match="named 'covid'.*same names: .*GSM2.*GSM3.*`pattern`"):
        read_r_matrix_lists({"matrix": paths}, "exon", "(?P<sample>healthy|covid)")


def test_element_that_is_not_there(paths):
    with pytest.raises(ClearError, match="GSM1.*no element 'spanning'; it has: exon, intron"):
        read_r_matrix_lists({"matrix": paths}, "spanning")


def test_file_that_holds_no_list(r_files):
    with pytest.raises(ClearError, match=r"double\.rds has no element 'exon'; it has: none"):
        read_r_matrix_lists({"matrix": [r_files / "double.rds"]}, "exon")


def test_incomplete_file_in_an_archive(paths, tmp_path):
    broken = tmp_path / "GSM1.rds"
    broken.write_bytes(paths[0].read_bytes()[:-20])
    with tarfile.open(tmp_path / "RAW.tar", "w") as tar:
        tar.add(broken, broken.name)
    with pytest.raises(ClearError, match=r"RAW\.tar: GSM1\.rds cannot be read as an R file"):
        read_r_matrix_lists({"matrix": [tmp_path / "RAW.tar"]}, "exon")


def _barcodes(joined: pd.DataFrame) -> list[str]:
    return [name.rsplit("_", 1)[1] for name in joined.index]


def _samples(joined: pd.DataFrame) -> list[str]:
    return [name.rsplit("_", 1)[0] for name in joined.index]
