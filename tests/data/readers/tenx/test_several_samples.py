"""10x Genomics files of several samples: names, conditions and genes are matched."""

import numpy as np
import pytest

from clear.benchmark.data.readers.tenx_mtx import read_tenx_mtx
from clear.errors import ClearError
from tests.data.readers.tenx.samples import BARCODES, COUNTS, IDS, sample


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


def test_genes_in_another_order_are_matched_by_id(tar):
    turned = sample("b_", ids=IDS[::-1], counts=COUNTS[:, ::-1])
    adata = read_tenx_mtx(tar(sample("a_") | turned))
    assert (adata.X.toarray() == np.vstack([COUNTS, COUNTS])).all()


def test_samples_with_other_genes(tar):
    other = sample("b_", ids=["ENSG01", "ENSG02", "ENSG09"])
    with pytest.raises(ClearError, match=r"a_matrix.*\(3 genes\) and .*b_matrix.* 2 are in one"):
        read_tenx_mtx(tar(sample("a_") | other))


def test_samples_that_get_one_name(tar):
    packed = tar(sample("GSM1_a_") | sample("GSM1_b_"))
    with pytest.raises(ClearError, match="two samples are named 'GSM1'"):
        read_tenx_mtx(packed, pattern=r"(?P<sample>GSM\d)")
