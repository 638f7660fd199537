"""A report of what there is, after a step has failed.

A run that fails is a record and lets the workflow go on. A dataset that cannot be had is a
failed job: Snakemake tries it again next time. The other datasets are finished all the same,
and this module writes tables, figure and page with the lost runs in them.
"""

import sys
from pathlib import Path

from clear.benchmark.files import write_json
from clear.benchmark.logs import last_error
from clear.benchmark.plan import Plan

STEPS = ("fetch", "read", "original/prepare")
RECORDS = ("fetch.json", "read.json", "prepare.json")


def lost_runs(plan: Plan, run: Path) -> dict[tuple, str]:
    """Return each planned run that has no result, with the reason."""
    return {
        planned: _reason(plan, run, planned)
        for planned in plan.runs()
        if not _folder(run, planned).exists()
    }


def report_anyway(plan: Plan, run: Path) -> None:
    """Write scores.tsv, runs.tsv, Fig. 2A and the page from the runs that there are.

    Whatever goes wrong here is printed, not raised: the error that led here matters more.
    """
    try:
        _report(plan, run)
    except Exception as error:  # the failed job's own message must stay the last word
        print(f"The report after the error could not be written: {error!r}", file=sys.stderr)


def _report(plan: Plan, run: Path) -> None:
    from clear.benchmark.figures import fig2a, style
    from clear.benchmark.report.manifest import manifest
    from clear.benchmark.report.page import build
    from clear.benchmark.scores.collect import collect_runs, collect_scores, write_table

    lost = lost_runs(plan, run)
    tables = {planned: _table(run, planned) for planned in plan.runs() if planned not in lost}
    unscored = {p: "its scores could not be made" for p, t in tables.items() if not t.exists()}
    lost |= unscored
    scored = sorted({table for planned, table in tables.items() if planned not in unscored})
    scores = collect_scores(scored, list(lost))
    folders = [_folder(run, planned) for planned in plan.runs() if planned not in lost]
    write_table(scores, run / "scores.tsv")
    write_table(collect_runs(folders, lost), run / "runs.tsv")
    write_json(run / "run.json", manifest(plan))
    if len(scores):
        figure = fig2a.draw(scores, manifest(plan))
        style.save(figure, run / "figures/fig2a.pdf", run / "figures/fig2a.png")
    page = run / "report/index.html"
    build(
        run / "scores.tsv",
        run / "runs.tsv",
        run / "run.json",
        [path for name in RECORDS for path in run.glob(f"data/**/{name}")],
        sorted((run / "figures").glob("*.png")),
        page,
    )
    print(f"{len(lost)} of {len(plan.runs())} runs have no result; see {page}", file=sys.stderr)


def _folder(run: Path, planned: tuple) -> Path:
    dataset, variant, method, seed = planned
    return run / "methods" / dataset / variant / method / f"seed{seed}"


def _table(run: Path, planned: tuple) -> Path:
    dataset, variant, method, _ = planned
    return run / "scores" / dataset / variant / f"{method}.tsv"


def _reason(plan: Plan, run: Path, planned: tuple) -> str:
    dataset, variant, method, seed = planned
    for step in STEPS:
        if message := last_error(run / "logs/data" / dataset / f"{step}.log"):
            return f"the dataset is not available ({step.split('/')[-1]}): {message}"
    card = plan.methods[method]
    if card["isolated"] and (message := last_error(Path(f"results/envs/{card['env']}.log"))):
        return f"its environment could not be built: {message}"
    return f"not run; see {run}/logs/methods/{dataset}/{variant}/{method}/seed{seed}.log"
