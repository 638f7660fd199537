"""AnnData as zarr: a folder, zipped or tarred, of both formats of zarr."""

import shutil

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data.readers.zarr import read_zarr
from clear.errors import ClearError

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]], dtype=np.float32)
LABELS = ["T", "B", "T", "NK"]


def read(path, **options):
    return read_zarr({"matrix": [path]}, **options)


@pytest.fixture(params=[2, 3])
def store(request, tmp_path):
    obs = pd.DataFrame({"label": pd.Categorical(LABELS)}, index=["c1", "c2", "c3", "c4"])
    adata = ad.AnnData(sparse.csc_matrix(COUNTS), obs, pd.DataFrame(index=["g1", "g2", "g3"]))
    adata.layers["reads"] = COUNTS * 2
    path = tmp_path / "files" / "some.zarr"
    with ad.settings.override(zarr_write_format=request.param):
        adata.write_zarr(path)
    return path


def check(adata):
    assert adata.X.format == "csr" and (adata.X.toarray() == COUNTS).all()
    assert adata.obs["label"].tolist() == LABELS
    assert list(adata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert list(adata.var_names) == ["g1", "g2", "g3"]


def test_folder_and_layer(store):
    check(read(store))
    layer = read(store, layer="reads").X
    assert layer.format == "csr" and (layer.toarray() == COUNTS * 2).all()


@pytest.mark.parametrize("kind", ["zip", "tar", "gztar"])
@pytest.mark.parametrize("top", [True, False])
def test_archives(store, tmp_path, kind, top):
    archive = shutil.make_archive(
        str(tmp_path / "some"), kind, *([store] if top else [store.parent, store.name])
    )
    check(read(tmp_path / archive))


def test_what_is_no_single_store(store, tmp_path):
    shutil.copytree(store, store.with_name("other.zarr"))
    with pytest.raises(ClearError, match=r"holds 2 zarr stores \(other\.zarr, some\.zarr\)"):
        read(store.parent)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(ClearError, match="nothing is no zarr store"):
        read(tmp_path / "nothing")
    shutil.rmtree(store / "obs")
    (store / ".zmetadata").unlink(missing_ok=True)
    with pytest.raises(ClearError, match="layer 'x'; its layers: reads|there is no `obs`"):
        read(store, layer="x")


def test_damaged_metadata(store):
    for name in ("zarr.json", ".zgroup"):
        if (store / name).exists():
            (store / name).write_text("{")
    (store / ".zmetadata").unlink(missing_ok=True)
    with pytest.raises(ClearError, match=r"some\.zarr cannot be opened as zarr; it is damaged"):
        read(store)
