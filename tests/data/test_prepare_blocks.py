"""Large datasets are prepared in blocks: as in memory, in little of it, and after a kill."""

import json
import subprocess
import sys
from itertools import pairwise

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data.prepare import dropout, published
from clear.benchmark.data.prepare.blocks import shuffled
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.prepare.published import Published
from clear.benchmark.data.prepare.quality import quality_table
from clear.benchmark.data.prepare.recipes import settings_of
from clear.benchmark.data.simulate import simulate

RUN = {
    "min_genes": 40,
    "min_cells": 3,
    "max_mito": 0.2,
    "max_ercc": None,
    "target_sum": 1e4,
    "n_top_genes": 100,
    "hvg_flavor": "seurat",
    "scale": None,
}
CARD = {"id": "toy", "tasks": []}
FILES = ("input.h5ad", "truth.tsv", "prepare.json")


def canonical(values, unit="counts", **obs) -> ad.AnnData:
    """Return a dataset in canonical shape, every tenth gene a mitochondrial one."""
    genes = [f"mt-{j}" if j % 10 == 0 else f"g{j}" for j in range(values.shape[1])]
    cells = pd.Index([f"original{i}" for i in range(values.shape[0])])
    table = pd.DataFrame({"cell_type": pd.Categorical(np.arange(len(cells)) % 3)}, index=cells)
    var = pd.DataFrame({"gene": genes}, index=genes)
    adata = ad.AnnData(sparse.csr_matrix(values, dtype=np.float32), table.assign(**obs), var)
    adata.uns = {"unit": unit, "dataset": "toy"}
    return adata


@pytest.fixture(scope="module")
def simulated() -> np.ndarray:
    """Counts of 300 cells, of which 90 in a row have too few genes and the last has most."""
    values = simulate(300, 400, 3, seed=1).X.toarray()
    values[100:190, 30:] = 0
    values[-1] += 1
    return values


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Prepare a dataset with blocks of so many values (None: in memory); return the folder."""

    def made(adata, values=None, recipe="standard", perturbation="none", name="out", **settings):
        source, out = tmp_path / "dataset.h5ad", tmp_path / name
        if adata is not None:
            adata.write_h5ad(source)
        with monkeypatch.context() as patch:
            patch.setattr(published, "WHOLE_VALUES", 2**26 if values is None else 0)
            patch.setattr(published, "BLOCK_VALUES", values)
            outs = [out / file for file in FILES]
            run = settings_of(recipe, RUN | settings, {"min_genes": 40})
            prepare(CARD, source, *outs, run | settings, recipe, perturbation)
            quality_table(CARD, source, out / "qc.tsv", {recipe: run})
        return out

    return made


def assert_same(folder, whole, rtol=0.0) -> None:
    for name in ("truth.tsv", "prepare.json", "qc.tsv"):
        assert (folder / name).read_text() == (whole / name).read_text()
    found, wanted = ad.read_h5ad(folder / "input.h5ad"), ad.read_h5ad(whole / "input.h5ad")
    pd.testing.assert_frame_equal(found.var, wanted.var)
    pd.testing.assert_frame_equal(found.obs, wanted.obs)
    assert dict(found.uns) == dict(wanted.uns)
    pairs = [(found.X, wanted.X), (found.layers["counts"], wanted.layers["counts"])]
    for one, other in pairs:
        assert one.format == "csr" and one.dtype == np.float32 and one.has_sorted_indices
        assert np.array_equal(one.indptr, other.indptr)
        assert np.array_equal(one.indices, other.indices)
        np.testing.assert_allclose(one.data, other.data, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(
    ("unit", "options", "rtol"),
    [
        ("counts", {}, 0),
        ("counts", {"target_sum": None}, 0),
        ("counts", {"perturbation": "dropout_60"}, 0),
        ("counts", {"hvg_flavor": "cell_ranger"}, 0),
        ("counts", {"hvg_flavor": "seurat_v3"}, 0),
        ("counts", {"recipe": "released", "perturbation": "dropout_30"}, 0),
        ("counts", {"scale": 2}, 1e-5),  # of means that are added up block by block
        ("log2p1", {"perturbation": "dropout_30"}, 0),
        ("log1p", {"recipe": "released"}, 0),
    ],
)
@pytest.mark.parametrize("values", [3001, 20_000])
def test_blocks_give_what_memory_gives(made, simulated, values, unit, options, rtol):
    logs = {"log1p": np.log1p, "log2p1": lambda x: np.log2(x + 1), "counts": np.asarray}
    source = canonical(logs[unit](simulated), unit)
    whole = made(source, name="whole", **options)
    kept = json.loads((whole / "prepare.json").read_text())["cells"]
    assert kept["after"] <= 210 and kept["before"] == 300
    assert_same(made(None, values, **options), whole, rtol)


@pytest.mark.parametrize("flavor", ["seurat", "cell_ranger", "seurat_v3"])
def test_blocks_of_real_cells(made, shared_data, flavor):
    source = ad.read_h5ad(shared_data / "human_dc.h5ad")
    source = canonical(sparse.csr_matrix(source.X), "counts")
    options = {"n_top_genes": 1000, "hvg_flavor": flavor}
    assert_same(made(source, 100_000, **options), made(source, name="whole", **options))


def test_blocks_are_uneven_and_some_have_no_cell_that_stays(tmp_path, monkeypatch, simulated):
    source = canonical(simulated)
    source.write_h5ad(tmp_path / "dataset.h5ad")
    monkeypatch.setattr(published, "WHOLE_VALUES", 0)
    monkeypatch.setattr(published, "BLOCK_VALUES", 1501)
    dataset = Published(tmp_path / "dataset.h5ad")
    starts = [first for first, _ in dataset.blocks()]
    blocks = [block for _, block in dataset.blocks()]
    assert all(block.nnz <= 1501 for block in blocks) and blocks[-1].nnz < blocks[0].nnz
    assert (sparse.vstack(blocks) != source.X).nnz == 0
    kept = np.flatnonzero(dataset.lengths >= 40)
    assert any(not ((kept >= a) & (kept < b)).any() for a, b in pairwise(starts))
    order, genes = np.random.default_rng(3).permutation(kept), np.arange(400) % 7 > 0
    cells = shuffled(dataset, order, genes, dense=False)
    found = list(cells)
    assert all(block.nnz <= 1501 for block in found) and len(found) > 5
    assert np.array_equal(sparse.vstack(found).toarray(), simulated[order][:, genes])
    assert (
        cells.shape == (len(order), genes.sum())
        and cells.values == (found := sparse.vstack(found)).nnz
    )
    dense = shuffled(dataset, order, genes, dense=True)
    assert all(block.shape[0] * block.shape[1] <= 1501 for block in dense)


# Forked, since libraries take long to import, and from a process that has computed nothing yet.
KILLED = """
import itertools, json, os, signal, sys, tempfile
from pathlib import Path
from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.prepare import prepare
from clear.cells.scratch import Scratch
folder, card, settings = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
published.WHOLE_VALUES, published.BLOCK_VALUES = 0, 20000
tempfile.tempdir = str(folder / "scratch")

def deadly(function, left):
    def work(*arguments):
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return work

for number in itertools.count(1):
    child = os.fork()
    if not child:
        left = itertools.count(number, -1)
        published.Published._read = deadly(published.Published._read, left)
        Scratch.append = deadly(Scratch.append, left)
        Scratch.read = deadly(Scratch.read, left)
        outs = [folder / "killed" / name for name in sys.argv[4:]]
        prepare(card, folder / "dataset.h5ad", *outs, settings, "standard", "dropout_30")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = [path.name for path in (folder / "killed").glob("[!.]*")]
    print(json.dumps([code, left, os.listdir(tempfile.tempdir)]))
    if code != -signal.SIGKILL:
        break
"""


def test_a_kill_at_any_block_leaves_nothing(made, simulated, tmp_path, repository):
    whole = made(canonical(simulated), 20_000, name="whole", perturbation="dropout_30")
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-c", KILLED, tmp_path, json.dumps(CARD), json.dumps(RUN), *FILES]
    done = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    *killed, last = map(json.loads, done.stdout.splitlines())
    assert len(killed) > 20
    assert all(found == [-9, [], []] for found in killed)
    assert last[0] == 0 and sorted(last[1]) == sorted(FILES) and last[2] == []
    assert {path.name for path in (tmp_path / "killed").iterdir()} == {*FILES}  # hidden ones too
    for name in FILES:
        assert (tmp_path / "killed" / name).read_bytes() == (whole / name).read_bytes()


# Peaks are measured from what is resident before, with all libraries compiled and warm.
MEMORY = """
import json, sys
from pathlib import Path
from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.prepare.quality import quality_table
folder, card, settings = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])

def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

def grown(source, flavor="seurat"):
    settings["hvg_flavor"] = flavor
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    before = resident("VmRSS")
    outs = [folder / name for name in ("input.h5ad", "truth.tsv", "prepare.json")]
    quality_table(card, source, folder / "qc.tsv", {"standard": settings})
    prepare(card, source, *outs, settings, "standard", "none")
    return resident("VmHWM") - before

published.WHOLE_VALUES, published.BLOCK_VALUES = 0, 2**17
FLAVORS = ("seurat", "cell_ranger", "seurat_v3")
for flavor in FLAVORS:
    grown(folder / "small.h5ad", flavor)
in_blocks = [grown(folder / "large.h5ad", flavor) for flavor in FLAVORS]
published.WHOLE_VALUES = 2**26
print(json.dumps([in_blocks, grown(folder / "large.h5ad")]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_hold_the_matrix(tmp_path, repository):
    random = np.random.default_rng(0)
    cells, genes, each = 5000, 2000, 800
    starts = np.arange(cells + 1) * each
    indices = np.concatenate(
        [np.sort(random.choice(genes, each, replace=False)) for _ in range(50)] * (cells // 50)
    )
    values = random.integers(1, 4, len(indices)).astype(np.float32)
    large = canonical(sparse.csr_matrix((values, indices, starts), (cells, genes)))
    large.write_h5ad(tmp_path / "large.h5ad")
    large[:500].write_h5ad(tmp_path / "small.h5ad")
    command = [sys.executable, "-c", MEMORY, tmp_path, json.dumps(CARD), json.dumps(RUN)]
    done = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    in_blocks, whole = json.loads(done.stdout)
    matrix = (values.nbytes + 4 * len(indices)) / 2**20
    assert max(in_blocks) < matrix < whole, (in_blocks, matrix, whole)


def test_dropout_of_more_entries_than_are_drawn_from_at_once(made, simulated, monkeypatch):
    monkeypatch.setattr(dropout, "DRAW", 4000)
    source, left = canonical(simulated), {}
    plain = ad.read_h5ad(made(source, name="plain") / "input.h5ad")
    for percent in (30, 60):
        options = {"perturbation": f"dropout_{percent}", "name": f"whole{percent}"}
        whole = made(source, **options)
        assert_same(made(source, 1501, **options | {"name": "blocks"}), whole)
        step = json.loads((whole / "prepare.json").read_text())["filters"][-1]
        assert step["zeroed"] == (step["of"] * percent + 50) // 100 and step["of"] == plain.X.nnz
        found = ad.read_h5ad(whole / "input.h5ad")
        there = pd.DataFrame(found.X.toarray() > 0, found.obs_names, found.var_names)
        left[percent] = there.reindex(plain.obs_names, columns=plain.var_names, fill_value=False)
    assert (left[30] | ~left[60]).all(axis=None)
    lost = ~left[30].to_numpy()[plain.X.nonzero()]
    assert all(
        lost[start : start + 4000].sum() == 1200 for start in range(0, len(lost) - 4000, 4000)
    )
