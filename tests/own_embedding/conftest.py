"""A file of the user's, and the folder of a finished run on the same cells."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.score import score_run
from clear.benchmark.tsv import write_table

NAMES = np.array([f"name{i}" for i in range(60)])
TYPES = np.repeat(["x", "y", "z"], 20)
SERVED = TASK.served({"outputs": ["embedding"], "told": []})


def embedding(sd, seed):
    """Three types in four dimensions, the further apart the smaller ``sd``."""
    rng = np.random.default_rng(seed)
    centres = np.eye(4)[np.unique(TYPES, return_inverse=True)[1]]
    return (centres + rng.normal(0, sd, centres.shape)).astype(np.float32)


@pytest.fixture
def own_file(tmp_path):
    """Write an ``.h5ad`` of the cells in another order; ``change`` gets it before."""

    def write(change=lambda adata: None, values=None):
        order = np.random.default_rng(5).permutation(60)
        adata = AnnData(np.zeros((60, 2), dtype=np.float32))
        adata.obs_names = NAMES
        adata.obs["cell_type"] = TYPES
        adata.obs["sample"] = np.tile(["s1", "s2"], 30)
        adata.obsm["X_mine"] = embedding(0.4, 0) if values is None else values
        adata.obsm["X_pca"] = embedding(0.4, 1)
        adata = adata[order].copy()
        change(adata)
        adata.write_h5ad(tmp_path / "mine.h5ad")
        return tmp_path / "mine.h5ad"

    return write


@pytest.fixture(scope="session")
def finished_once(tmp_path_factory, synthetic):
    """A run of six methods, two seeds each, on one dataset: every table of it is real."""
    folder = tmp_path_factory.mktemp("results") / "r"
    manifest = synthetic.manifest(datasets={"tiny": synthetic.DATASETS["yan"]})
    manifest["config"]["scores"] = {"n_neighbors": 10}
    place = folder / "data/tiny/standard/none"
    place.mkdir(parents=True)
    cells = [f"cell_{i:06d}" for i in range(60)]
    truth = pd.DataFrame({"cell": cells, "name": NAMES, "cell_type": TYPES})
    truth.to_csv(place / "truth.tsv", sep="\t", index=False)
    tables = []
    for i, method in enumerate(manifest["methods"]):
        for seed in (0, 1):
            run = folder / "methods/tiny/standard/none" / method / f"seed{seed}"
            run.mkdir(parents=True)
            write_run(run, cells, method, seed, embedding(0.2 + 0.1 * i, 10 * i + seed))
            settings = manifest["config"]["scores"]
            tables.append(score_run(TASK, run, place / "truth.tsv", settings, SERVED))
    scores = pd.concat(tables, ignore_index=True)
    write_table(scores, folder / "scores.tsv")
    write_table(synthetic.statistics(manifest, scores), folder / "statistics.tsv")
    (folder / "run.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def finished(finished_once, tmp_path):
    """A copy of the run, to be changed."""
    return Path(shutil.copytree(finished_once, tmp_path / "r"))


def write_run(run, cells, method, seed, values):
    """Write what a method leaves; scVI fails with its second seed."""
    status = "failed" if (method, seed) == ("scvi", 1) else "ok"
    about = {"dataset": "tiny", "recipe": "standard", "perturbation": "none"}
    about |= {"method": method, "seed": seed, "status": status}
    (run / "status.json").write_text(json.dumps(about))
    with h5py.File(run / "embedding.h5", "w") as file:
        file["X"], file["cells"] = values, cells
