"""Fixtures of the report: a small run with failures."""

import json
from types import SimpleNamespace

import pytest

from clear.benchmark.report.page import build
from clear.benchmark.tsv import write_table


@pytest.fixture(scope="session")
def summaries(synthetic):
    """Return the tables that follow from a run; tests that leave it as it is share them."""
    made = {}

    def summarise(manifest, scores, runs):
        key = json.dumps(manifest), scores.to_csv(), runs.to_csv()
        if key not in made:
            made[key] = synthetic.summaries(manifest, scores, runs)
        return made[key]

    return summarise


@pytest.fixture
def small_run(synthetic, summaries, tmp_path) -> SimpleNamespace:
    """Files of a run of six methods on five datasets, without figures."""
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures=synthetic.FAILURES)
    runs = synthetic.runs(manifest, scores)
    run = SimpleNamespace(folder=tmp_path, manifest=manifest, scores=scores, runs=runs)
    run.records = synthetic.records(tmp_path, manifest)

    def write():
        tables = summaries(run.manifest, run.scores, run.runs)
        for name, table in (tables | {"scores": run.scores, "runs": run.runs}).items():
            write_table(table, tmp_path / f"{name}.tsv")
        (tmp_path / "run.json").write_text(json.dumps(run.manifest))

    def page(figures=(), tables=()):
        """Write everything and return the page that is made from it."""
        write()
        out = tmp_path / "report" / "index.html"
        build(tmp_path, run.records, list(figures), list(tables), out)
        return out.read_text(encoding="utf-8")

    run.write, run.page = write, page
    run.claims = lambda: synthetic.claims(run.manifest, run.scores)[0]
    return run
