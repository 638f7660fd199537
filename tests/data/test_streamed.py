"""Datasets written block by block: the same as through memory, also after a kill."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.io import mmread

from clear.benchmark.data.read import read
from clear.benchmark.data.readers import mtx_blocks
from clear.errors import ClearError

CELLS, GENES = 900, 40
CARD = {
    "id": "atlas",
    "unit": "counts",
    "label": "majorType",
    "batch": "sampleID",
    "stage": None,
    "reader": "mtx_parts",
    "annotations": [{"file": "annotation.csv.gz", "key": "cellName"}],
}
RUN = """
import json, os, sys
os.nice(10)  # so that the test is in time to kill it
from pathlib import Path
from clear.benchmark.data.read import read
from clear.benchmark.data.readers import mtx_blocks
mtx_blocks.BLOCK = int(sys.argv[1])
card = json.loads(sys.argv[2])
read(card, Path(sys.argv[3]), Path(sys.argv[4]) / "dataset.h5ad", Path(sys.argv[4]) / "read.json")
"""


def counts():
    random = np.random.default_rng(0)
    values = random.poisson(0.3, (CELLS, GENES)) * (random.random((CELLS, 1)) < 0.9)
    values[-2:] = 0
    return values.astype(float)


@pytest.fixture
def source(tmp_path):
    """Make a fetched folder as GSE158055 has its files: cells in rows, real, genes unsorted."""

    def source(values=None):
        values = counts() if values is None else values
        random = np.random.default_rng(1)
        body = "".join(
            f"{cell + 1} {gene + 1} {values[cell, gene]:.7e}\n"
            for cell in range(len(values))
            for gene in random.permutation(np.flatnonzero(values[cell]))
        )
        header = "%%MatrixMarket matrix coordinate real general\n%\n"
        header += f"{len(values)} {GENES} {np.count_nonzero(values)}\n"
        cells = [f"AAACCTGAG-{i}" for i in range(len(values))]
        table = pd.DataFrame({"cellName": cells, "sampleID": random.choice(["S-1", "S-2"], CELLS)})
        table["celltype"] = random.choice(["T_CD4_c01", "B_c02", "Mono_c1", ""], CELLS)
        table["majorType"] = table["celltype"].str.split("_").str[0]
        table = table.sample(frac=1, random_state=0)
        folder = tmp_path / "source"
        folder.mkdir(exist_ok=True)
        content = {
            "counts.mtx.gz": ("matrix", header + body),
            "features.tsv.gz": ("features", "G1\n" + "".join(f"G{i}\n" for i in range(1, GENES))),
            "barcodes.tsv.gz": ("barcodes", "".join(f"{cell}\n" for cell in cells)),
            "annotation.csv.gz": ("annotation", table.to_csv(index=False)),
        }
        files = []
        for name, (role, text) in content.items():
            (folder / name).write_bytes(gzip.compress(text.encode(), mtime=0))
            digest = f"{len(text):064d}"
            files.append({"name": name, "role": role, "sha256": digest})
        fetched = {"dataset": "atlas", "source": "main", "canonical": False, "files": files}
        (folder / "fetch.json").write_text(json.dumps(fetched))
        return folder

    return source


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Read a folder in small blocks; return the dataset and the record."""
    monkeypatch.setattr(mtx_blocks, "BLOCK", 300)
    monkeypatch.setattr(mtx_blocks, "CHUNK", 1000)

    def run(folder, out="out", **changes):
        path = tmp_path / out / "dataset.h5ad"
        read(CARD | changes, folder, path, path.with_name("read.json"))
        return ad.read_h5ad(path), json.loads(path.with_name("read.json").read_text())

    return run


def through_memory(folder, tmp_path, run, **changes):
    """Give what the way through memory makes of the same data, read by scipy and pandas."""
    names = pd.read_csv(folder / "barcodes.tsv.gz", header=None)[0].to_numpy()
    table = pd.read_csv(folder / "annotation.csv.gz", index_col=0, keep_default_na=False)
    genes = pd.read_csv(folder / "features.tsv.gz", header=None)[0].to_numpy()
    matrix = sparse.csr_matrix(mmread(folder / "counts.mtx.gz"))
    raw = ad.AnnData(matrix, table.loc[names], pd.DataFrame(index=pd.Index(genes)))
    raw.obs_names.name = None
    memory = tmp_path / "memory"
    memory.mkdir()
    raw.write_h5ad(memory / "raw.h5ad")
    files = [{"name": "raw.h5ad", "sha256": ""}]
    fetched = {"dataset": "atlas", "source": "main", "canonical": False, "files": files}
    (memory / "fetch.json").write_text(json.dumps(fetched))
    return run(memory, "by_memory", **changes | {"reader": "h5ad", "annotations": []})


def assert_same(one, two):
    assert one.X.format == two.X.format == "csr" and one.X.dtype == two.X.dtype == np.float32
    for part in ("data", "indices", "indptr"):
        first, second = getattr(one.X, part), getattr(two.X, part)
        assert first.dtype == second.dtype and np.array_equal(first, second)
    pd.testing.assert_frame_equal(one.obs, two.obs)
    pd.testing.assert_frame_equal(one.var, two.var)
    assert dict(one.uns) == dict(two.uns)


@pytest.mark.filterwarnings("ignore:Variable names are not unique")
def test_same_as_through_memory(source, run, tmp_path):
    folder = source()
    rule = {"label_rule": {"drop": [""], "merge": {"lymphocytes": ["T", "B"]}}}
    streamed, record = run(folder, **rule)
    expected, other = through_memory(folder, tmp_path, run, **rule)
    assert streamed.n_obs < CELLS
    assert_same(streamed, expected)
    for key in ("cells", "genes", "dropped_labels", "published_labels", "types", "batches"):
        assert record[key] == other[key]
    assert record["genes"]["renamed_duplicates"] == 1
    assert record["cells"]["all_zero"] > 50
    backed = ad.read_h5ad(tmp_path / "out" / "dataset.h5ad", backed="r")
    part = backed[100:200].to_memory()
    assert (part.X.toarray() == expected.X[100:200].toarray()).all()
    backed.file.close()
    with h5py.File(tmp_path / "out" / "dataset.h5ad") as file:
        assert file["X/data"].compression == file["X/indices"].compression == "gzip"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "dataset.h5ad",
        "read.json",
    ]


def test_remark_on_the_unit_looks_at_all_blocks(source, run, tmp_path):
    values = counts()
    values[5, 5] = 2.5
    assert (
        "none above 6, as logarithms"
        in run(source(values), unit="tpm", label=None)[1]["remarks"][-1]
    )
    values[800, 5] = 99  # another block
    remarks = run(source(values), unit="tpm", label=None)[1]["remarks"]
    assert not any("maximum" in remark for remark in remarks)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-2, "1 values are negative, the first one in cell 'AAACCTGAG-800', gene 'G7'"),
        (np.nan, "1 values are NaN, the first one in cell 'AAACCTGAG-800', gene 'G7'"),
        (1e300, "1 values are infinite"),
        (2.5, "unit: counts, but 1 of"),
    ],
)
def test_impossible_values_late_in_the_file(source, run, tmp_path, value, reason):
    values = counts()
    values[800, 7] = value
    with pytest.raises(ClearError, match=reason):
        run(source(values), label=None)
    assert list((tmp_path / "out").iterdir()) == []


def test_dataset_without_values(source, run, tmp_path):
    with pytest.raises(ClearError, match="matrix is empty"):
        run(source(np.zeros((CELLS, GENES))), label=None)


def test_expected_numbers_are_checked_first(source, run, tmp_path):
    folder = source()
    (folder / "counts.mtx.gz").write_bytes((folder / "counts.mtx.gz").read_bytes()[:-100])
    with pytest.raises(ClearError, match="expected 7 cells, found 900"):
        run(folder, label=None, expected={"cells": 7})
    with pytest.raises(ClearError, match=r"counts\.mtx\.gz is damaged"):
        run(folder, label=None, expected={"cells": CELLS})
    assert list((tmp_path / "out").iterdir()) == []


def test_killed_process_goes_on(source, run, tmp_path, repository, monkeypatch):
    folder, out = source(), tmp_path / "killed"
    card = CARD | {"label_rule": {"drop": [""]}}
    monkeypatch.setattr(mtx_blocks, "BLOCK", 150)
    uninterrupted, _ = run(folder, label_rule=card["label_rule"])

    partial = out / ".dataset.h5ad.partial"
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "150", json.dumps(card), folder, out], cwd=repository
    )
    while not (partial / "3.h5").exists():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (out / "dataset.h5ad").exists()
    done = len([path for path in partial.glob("*.h5") if path.stem.isdigit()])
    shutil.copytree(out, tmp_path / "changed")
    shutil.copytree(out, tmp_path / "other")

    # What was done is the same as if nothing had happened.
    assert_same(run(folder, "killed", label_rule=card["label_rule"])[0], uninterrupted)
    assert sorted(path.name for path in out.iterdir()) == ["dataset.h5ad", "read.json"]

    # Blocks that were done are not read again: a mark in the last one of them stays.
    for name in ("changed", "other"):
        block = tmp_path / name / ".dataset.h5ad.partial" / f"{done - 1}.h5"
        with h5py.File(block, "r+") as file:
            file["X/data"][0] = 777
    resumed, _ = run(folder, "changed", label_rule=card["label_rule"])
    assert (resumed.X.data == 777).sum() == 1
    assert (resumed.X != uninterrupted.X).nnz == 1

    # Another card begins anew.
    other, _ = run(folder, "other", label_rule=card["label_rule"], batch=None)
    assert (other.X != uninterrupted.X).nnz == 0 and list(other.obs) == ["cell_type"]
