"""Preparing a dataset, and the table of its cells."""

import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.prepare.quality import quality_table
from clear.benchmark.data.prepare.recipes import settings_of
from clear.benchmark.data.simulate import simulate
from tests.data.prepare.blocks import CARD, FILES, RUN
from tests.data.prepare.preparing import SETTINGS


@pytest.fixture
def run(tmp_path):
    """Prepare a dataset; return the input, the truth (both in original order), the record."""

    def run(
        adata,
        tasks=("clustering",),
        recipe="standard",
        organism=None,
        perturbation="none",
        **settings,
    ):
        adata.write_h5ad(tmp_path / "dataset.h5ad")
        card = {"id": "toy", "tasks": list(tasks), "organism": organism}
        outs = [tmp_path / "out" / name for name in ("input.h5ad", "truth.tsv", "prepare.json")]
        base = SETTINGS if recipe == "standard" else settings_of(recipe, SETTINGS, {})
        prepare(card, tmp_path / "dataset.h5ad", *outs, base | settings, recipe, perturbation)
        truth = pd.read_csv(outs[1], sep="\t", dtype=str, keep_default_na=False)
        truth = truth.sort_values("name", key=lambda s: s.map(adata.obs_names.get_loc))
        data = ad.read_h5ad(outs[0])[truth["cell"].to_numpy()]
        return data, truth.reset_index(drop=True), json.loads(outs[2].read_text())

    run.folder = tmp_path
    return run


@pytest.fixture
def quality(tmp_path):
    """Return the table of the cells of the dataset that was prepared last."""

    def quality(settings, organism=None):
        card = {"id": "toy", "tasks": ["clustering"], "organism": organism}
        quality_table(card, tmp_path / "dataset.h5ad", tmp_path / "qc.tsv", settings)
        return pd.read_csv(tmp_path / "qc.tsv", sep="\t")

    return quality


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
