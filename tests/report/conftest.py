"""Fixtures of the report: a small run with failures."""

import json
from types import SimpleNamespace

import pytest

from clear.benchmark.report.page import FILES, build
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.statistics.ranks import rank_table
from clear.benchmark.tsv import write_table


@pytest.fixture(scope="session")
def ranks(synthetic):
    """Return the ranks of a run; tests that leave what they are made from as it is share them."""
    made = {}

    def rank(manifest, scores):
        statistics, given = synthetic.statistics(manifest, scores), synthetic.ranked_by(manifest)
        key = statistics.to_csv(), json.dumps(given[1:])
        if key not in made:
            made[key] = rank_table(statistics, *given)
        return made[key]

    return rank


@pytest.fixture
def small_run(synthetic, ranks, tmp_path) -> SimpleNamespace:
    """Files of a run of six methods on five datasets, without figures."""
    manifest = synthetic.manifest()
    scores = synthetic.scores(manifest, failures=synthetic.FAILURES)
    runs = synthetic.runs(manifest, scores)
    run = SimpleNamespace(folder=tmp_path, manifest=manifest, scores=scores, runs=runs)
    run.records = synthetic.records(tmp_path, manifest)

    def write():
        """Write what the page reads; the other files are there to be linked only."""
        for name in FILES:
            (tmp_path / name).touch()
        tables = {"scores": run.scores, "runs": run.runs, "costs": costs_table(run.runs)}
        tables |= {"ranks": ranks(run.manifest, run.scores), "claims": run.claims()}
        for name, table in tables.items():
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
