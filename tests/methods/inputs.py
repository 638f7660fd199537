"""Inputs in the benchmark's format, made without its preparation."""

import json
from collections import namedtuple

import anndata
import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from clear.benchmark.data.lineages import simulate_lineages

Prepared = namedtuple("Prepared", "folder input truth cells labels counts logged highly_variable")
Lineage = namedtuple("Lineage", "folder logged stages time")


def make_input(
    folder, n_per_type=30, types=3, genes=120, seed=0, batch=False, batch_effect=0.0, stages=()
) -> Prepared:
    """Write input.h5ad and truth.tsv of well separated cell types.

    ``batch``: True, for the batches a and b in turn, or a name per cell. ``batch_effect``: standard
    deviation of the logarithm of a gene's factor in every batch but the first. ``stages``: of each
    type, None for none.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([f"type {number}" for number in range(types)], n_per_type)
    codes = np.repeat(np.arange(types), n_per_type)
    mean = np.full((types, genes), 1.0)
    for number in range(types):
        mean[number, number * 20 : number * 20 + 20] = 12.0
    if batch is True:
        batch = np.where(np.arange(len(labels)) % 2, "b", "a")
    expected = mean[codes]
    if batch_effect:
        names, of_cell = np.unique(batch, return_inverse=True)
        factors = np.random.default_rng(1).lognormal(0, batch_effect, (len(names), genes))
        factors[0] = 1
        expected = expected * factors[of_cell]
    counts = rng.poisson(expected).astype(np.float32)
    logged = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    cells = [f"cell_{number:06d}" for number in range(len(labels))]
    highly_variable = np.arange(genes) % 6 != 5
    adata = anndata.AnnData(
        csr_matrix(logged),
        obs=pd.DataFrame(index=cells),
        var=pd.DataFrame(
            {"highly_variable": highly_variable}, index=[f"gene_{g}" for g in range(genes)]
        ),
        layers={"counts": csr_matrix(counts)},
        uns={"unit": "counts", "scale": "log1p"},
    )
    folder.mkdir(parents=True, exist_ok=True)
    adata.write_h5ad(folder / "input.h5ad")
    truth = pd.DataFrame({"cell": cells, "name": cells, "cell_type": labels})
    if batch is not False:
        truth["batch"] = batch
    if stages:
        truth["stage"] = pd.Series(stages, dtype="Int64").to_numpy()[codes]
    truth.to_csv(folder / "truth.tsv", sep="\t", index=False)
    numbers = {f"type {number}": n_per_type for number in range(types)}
    (folder / "prepare.json").write_text(json.dumps({"types": numbers}))
    (folder / "status.json").write_text(json.dumps({"status": "ok"}))
    files = folder / "input.h5ad", folder / "truth.tsv"
    return Prepared(folder, *files, cells, labels, counts, logged, highly_variable)


def make_lineage(folder) -> Lineage:
    """Write input.h5ad and truth.tsv of 120 cells along a path of six stages, 300 genes."""
    made = simulate_lineages(120, 300, stages=6, branches=1, seed=2)
    cells = [f"cell_{number:06d}" for number in range(120)]
    counts = made.X.toarray()
    logged = np.log1p(counts / counts.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    stages = made.obs["stage"].str.removeprefix("stage_").to_numpy()
    folder.mkdir()
    input_file = anndata.AnnData(
        csr_matrix(logged),
        obs=pd.DataFrame(index=cells),
        var=made.var.assign(highly_variable=True),
        layers={"counts": made.X},
        uns={"unit": "counts", "scale": "log1p"},
    )
    input_file.write_h5ad(folder / "input.h5ad")
    truth = pd.DataFrame({"cell": cells, "name": cells, "cell_type": stages, "stage": stages})
    truth.to_csv(folder / "truth.tsv", sep="\t", index=False)
    (folder / "prepare.json").write_text(json.dumps({"types": {"0": 120}}))
    (folder / "status.json").write_text(json.dumps({"status": "ok"}))
    return Lineage(folder, logged, stages.astype(int), made.obs["time"].to_numpy())
