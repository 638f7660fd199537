"""R matrices and data frames."""

import anndata
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.readers.r_frames import read_r_frames
from clear.errors import ClearError


@pytest.fixture
def frames(r_files):
    return {"matrix": [r_files / "frames.RData"]}


@pytest.fixture
def expected(r_files):
    return pd.read_csv(
        r_files / "double.tsv", sep="\t", index_col=0, float_precision="round_trip"
    ).T


@pytest.mark.parametrize("name", ["dense", "frame", "sparse"])
def test_matrix_or_frame_with_cells_by_name(frames, expected, name):
    adata = read_r_frames(frames, name, "cells")
    assert (adata.to_df() == expected).all(axis=None)
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert adata.obs["type"].tolist() == ["s", "t", "t", "s"]  # the frame has c3, c1, c4, c2
    np.testing.assert_array_equal(adata.obs["age"], [np.nan, 4, 1, 3])


def test_cells_without_names_are_in_order(frames):
    obs = read_r_frames(frames, "dense", "in_order").obs
    assert obs["type"].to_dict() == {"c1": "k", "c2": "l", "c3": "m", "c4": "n"}


def test_without_a_frame_of_cells(frames):
    adata = read_r_frames(frames, "frame")
    assert adata.obs.shape == (4, 0)
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]


def test_columns_of_text_belong_to_the_genes(frames, expected):
    adata = read_r_frames(frames, "annotated")
    assert list(adata.var_names) == ["G5", "G4", "G3", "G2", "G1"]
    assert adata.var["chromosome"].tolist() == ["X", "Y", "X", None, "1"]
    assert (adata.X.toarray() == expected.to_numpy()).all()


def test_rds_files_are_named_by_themselves(r_files):
    paths = [r_files / "double.rds", r_files / "cells.table.rds"]
    adata = read_r_frames({"matrix": paths}, "double", "cells.table")
    assert adata.obs["type"].tolist() == ["s", "t", "t", "s"]


@pytest.mark.parametrize(
    ("expression", "cells", "message"),
    [
        ("absent", None, r"no object 'absent'; it has: dense, frame, .*`expression`"),
        ("dense", "absent", r"no object 'absent'.*`cells`"),
        ("not_a_frame", None, r"object 'not_a_frame' of frames.RData is not a matrix.*\(VEC\)"),
        ("dense", "not_a_frame", r"'not_a_frame' of frames.RData is no data frame but VEC"),
        ("dense", "few", r"'few' of frames.RData has no row for 1 of 4 cells, the first is 'c2'"),
        ("unnamed", None, "The genes of the object 'unnamed' of frames.RData have no names"),
        ("cells", None, None),
        ("mixed", None, "column 'b' of the object 'mixed' of frames.RData is neither"),
        ("in_order", None, "'in_order' of frames.RData has no column of numbers"),
    ],
)
def test_what_does_not_fit_is_named(frames, expression, cells, message):
    if message is None:  # a frame with one column of numbers is a matrix of one cell
        assert read_r_frames(frames, expression, cells).shape == (1, 4)
        return
    with pytest.raises(ClearError, match=message):
        read_r_frames(frames, expression, cells)


def test_frame_of_the_wrong_length(frames, r_files):
    with pytest.raises(ClearError, match="'in_order' of .* has 4 rows for 1000 cells"):
        read_r_frames({"matrix": [*frames["matrix"], r_files / "large.rds"]}, "large", "in_order")


def test_two_objects_of_one_name(frames):
    with pytest.raises(ClearError, match="holds an object 'dense' that another file has as well"):
        read_r_frames({"matrix": frames["matrix"] * 2}, "dense")


def test_yan_is_what_another_conversion_made_of_it(shared_data):
    adata = read_r_frames({"matrix": [shared_data / "native" / "yan.rda"]}, "yan", "ann")
    other = anndata.read_h5ad(shared_data / "yan.h5ad")
    assert list(adata.obs_names) == list(other.obs_names)
    assert list(adata.var_names) == list(other.var_names)
    np.testing.assert_array_equal(adata.X.toarray().astype(np.float32), other.X.toarray())
    assert adata.obs["cell_type1"].tolist() == other.obs["cell_type"].tolist()
