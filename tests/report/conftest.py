"""Fixtures of the report: a small run with failures."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

FAILURES = {
    (None, "seurat"): "not_installed",
    ("deng", "scvi", 1): "timeout",
    ("pollen", "scvi"): "out_of_memory",
}


@pytest.fixture(scope="session")
def synthetic() -> SimpleNamespace:
    """Generators of invented results."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("synthetic_run.py"))))


@pytest.fixture
def small_run(synthetic, tmp_path) -> SimpleNamespace:
    """Files of a run of six methods on five datasets, without figures."""
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures=FAILURES)
    runs = synthetic.runs(manifest, scores)
    run = SimpleNamespace(folder=tmp_path, manifest=manifest, scores=scores, runs=runs)
    run.records = synthetic.records(tmp_path, manifest)

    def write():
        for name in ("scores", "runs"):
            table, path = getattr(run, name), tmp_path / f"{name}.tsv"
            table.to_csv(path, sep="\t", index=False, na_rep="NA", float_format="%.10g")
        (tmp_path / "run.json").write_text(json.dumps(run.manifest))

    run.write = write
    return run
