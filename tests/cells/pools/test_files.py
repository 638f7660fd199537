"""Files that are bad, cut or removed, and a disk that is full."""

import os
import resource

import numpy as np
import pytest

from clear import CLEAR
from clear.cells.load import load
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.cli import main
from clear.errors import ClearError
from tests.cells.pools.pooling import CPU, SMALL, sparse_values, write


def test_only_cells_from_disk_go_to_disk(few_values, cells, tmp_path, monkeypatch):
    backed = write(tmp_path / "x.h5ad", cells.X)
    expected = CLEAR(SMALL, device="cpu").fit_transform(backed)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    assert np.array_equal(CLEAR(SMALL, device="cpu").fit_transform(cells), expected)
    with pytest.raises(ClearError, match="temporary copy of the cells cannot be written .*TMPDIR"):
        CLEAR(SMALL, device="cpu").fit(backed)
    backed.file.close()


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (np.nan, {}, r"adata.X of .*x.h5ad holds NaN"),
        (99.0, {}, r"x.h5ad does not look log-normalised.*counts=True"),
        (np.nan, {"n_top_genes": 5}, r"x.h5ad holds NaN"),
    ],
)
def test_bad_value_in_the_third_block(few_values, tmp_path, monkeypatch, value, options, message):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    values = sparse_values(3 * BLOCK_CELLS)
    values[2 * BLOCK_CELLS + 5, 7] = value
    backed = write(tmp_path / "x.h5ad", values)
    with pytest.raises(ClearError, match=message):
        CLEAR(SMALL, **options).fit(backed)
    assert list((tmp_path / "scratch").iterdir()) == []
    backed.file.close()


def test_file_cut_off_while_it_is_read(few_values, tmp_path):
    backed = write(tmp_path / "x.h5ad", sparse_values(3 * BLOCK_CELLS))
    expression = Expression(backed)
    os.truncate(tmp_path / "x.h5ad", (tmp_path / "x.h5ad").stat().st_size // 2)
    with pytest.raises(ClearError, match=r"x.h5ad cannot be read to its end .*cut off"):
        load(expression, np.arange(20), CPU, SMALL)
    with pytest.raises(ClearError, match=r"x.h5ad cannot be read .*cut off"):
        CLEAR(SMALL).fit(backed)


def test_full_disk_leaves_nothing(few_values, cells, tmp_path, monkeypatch, capsys):
    write(tmp_path / "x.h5ad", cells.X).file.close()
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        arguments = [str(tmp_path / name) for name in ("x.h5ad", "out.h5ad")]
        assert main(["embed", *arguments, "--device", "cpu"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    error = capsys.readouterr().err
    assert "cannot be written to" in error and "File too large" in error and "TMPDIR" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scratch", "x.h5ad"]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_file_removed_while_it_is_open_is_still_read(few_values, cells, tmp_path):
    expected = CLEAR(SMALL, device="cpu").fit_transform(cells)
    backed = write(tmp_path / "x.h5ad", cells.X)
    (tmp_path / "x.h5ad").unlink()
    assert np.array_equal(CLEAR(SMALL, device="cpu").fit_transform(backed), expected)
    backed.file.close()
