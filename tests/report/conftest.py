"""Fixtures of the report: a small run with failures."""

import json
from types import SimpleNamespace

import pytest

from clear.benchmark.tsv import write_table


@pytest.fixture
def small_run(synthetic, tmp_path) -> SimpleNamespace:
    """Files of a run of six methods on five datasets, without figures."""
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures=synthetic.FAILURES)
    runs = synthetic.runs(manifest, scores)
    run = SimpleNamespace(folder=tmp_path, manifest=manifest, scores=scores, runs=runs)
    run.records = synthetic.records(tmp_path, manifest)

    def write():
        tables = synthetic.summaries(run.manifest, run.scores, run.runs)
        for name, table in (tables | {"scores": run.scores, "runs": run.runs}).items():
            write_table(table, tmp_path / f"{name}.tsv")
        (tmp_path / "run.json").write_text(json.dumps(run.manifest))

    run.write = write
    return run
