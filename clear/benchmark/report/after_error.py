"""A report of what there is, after a step has failed.

A run that fails is a record and lets the workflow go on. A dataset that cannot be had is a
failed job: Snakemake tries it again next time. The other datasets are finished all the same,
and this module writes tables, figure and page with the lost runs in them.
"""

import sys
from pathlib import Path

from clear.benchmark.logs import last_error
from clear.benchmark.plan import Plan
from clear.files.atomic import write_json

STEPS = {"fetch": "fetch", "read": "read", "prepare": "{recipe}/{perturbation}/prepare"}
RECORDS = ("fetch.json", "read.json", "prepare.json")


def report_anyway(workflow, plan: Plan, run: Path) -> None:
    """Write scores.tsv, runs.tsv, Fig. 2A and the page from the runs that there are.

    Every job that was to be done and was not is marked as incomplete, so that the same command
    does it next time: Snakemake itself takes what an earlier run made of it for up to date.
    Whatever goes wrong here is printed, not raised: the error that led here matters more.

    Parameters
    ----------
    workflow
        Snakemake's workflow, in its ``onerror`` handler.
    plan
        What was to be run.
    run
        The folder ``results/<run>``.
    """
    unfinished = list(workflow.dag.needrun_jobs())
    for job in unfinished:
        workflow.persistence.started(job)
    try:
        _report(plan, run, [(job.rule.name, job.wildcards_dict) for job in unfinished])
    except Exception as error:  # the failed job's own message must stay the last word
        print(f"The report after the error could not be written: {error!r}", file=sys.stderr)


def lost_runs(plan: Plan, run: Path, unfinished: list[tuple[str, dict]]) -> dict[tuple, str]:
    """Return each planned run without a result of this plan, with the reason.

    Parameters
    ----------
    plan, run
        As for :func:`report_anyway`.
    unfinished
        Rule and wildcards of the jobs that were to be done and were not. What stands in their
        place is of an earlier run, if anything.
    """
    lost = {}
    for planned in plan.runs():
        dataset, recipe, perturbation, method, seed = planned
        about = {
            "dataset": dataset,
            "recipe": recipe,
            "perturbation": perturbation,
            "method": method,
            "seed": str(seed),
        }
        about["env"] = plan.methods[method]["env"]
        rules = {*STEPS, "environment", f"method_{method}", "score"}
        missed = {
            rule
            for rule, wildcards in unfinished
            if rule in rules
            and all(about.get(name, value) == value for name, value in wildcards.items())
        }
        if missed:
            lost[planned] = _reason(run, planned, missed, about["env"])
    return lost


def _report(plan: Plan, run: Path, unfinished: list[tuple[str, dict]]) -> None:
    from clear.benchmark.figures.drawing import draw
    from clear.benchmark.figures.registry import find_figures
    from clear.benchmark.metrics.metric import all_metrics
    from clear.benchmark.report.manifest import manifest
    from clear.benchmark.report.page import build
    from clear.benchmark.statistics.costs import costs_table
    from clear.benchmark.statistics.ranks import rank_table
    from clear.benchmark.statistics.summary import statistics_table
    from clear.benchmark.tasks.collect import collect_runs, collect_scores
    from clear.benchmark.tsv import write_table
    from clear.benchmark.vocabulary import is_control

    lost = lost_runs(plan, run, unfinished)
    kept = [planned for planned in plan.runs() if planned not in lost]
    tables = {
        run / "scores" / "/".join(scored[:-1]) / f"{scored[-1]}.tsv": scored[1:]
        for scored in plan.scored()
        if scored[1:] in {planned[:4] for planned in kept}
    }
    folders = [run / "methods" / d / r / p / m / f"seed{s}" for d, r, p, m, s in kept]
    unscored = [
        (*planned, task)
        for planned in lost
        for task, obstacle in plan.scoring(planned[0], planned[3]).items()
        if obstacle is None
    ]
    scores = collect_scores(list(tables), unscored)
    write_table(scores, run / "scores.tsv")
    scoring = {d: {m: plan.scoring(d, m) for m in plan.methods} for d in plan.datasets}
    runs = collect_runs(folders, lost, scores, scoring)
    write_table(runs, run / "runs.tsv")
    statistics = statistics_table(scores, plan.served())
    write_table(statistics, run / "statistics.tsv")
    better = {name: metric.better for name, metric in all_metrics().items()}
    controls = [name for name, card in plan.methods.items() if is_control(card)]
    write_table(rank_table(statistics, better, controls), run / "ranks.tsv")
    write_table(costs_table(runs), run / "costs.tsv")
    write_json(run / "run.json", manifest(plan))
    stale = {
        (rule, *wildcards.values()) for rule, wildcards in unfinished if rule.startswith("figure_")
    }
    figures = []
    for figure in find_figures():
        for shows in figure.all(plan):
            png = run / "figures" / f"{figure.name.format(**shows)}.png"
            if figure.id == "fig2a":
                about, card = figure.about(shows, plan.datasets), figure.card(shows, plan.datasets)
                draw(about, figure.files(shows, str(run), plan), card, png)
            elif (f"figure_{figure.id}", *shows.values()) in stale:
                continue
            figures.append(png.with_suffix(".json"))
    records = [f"{d}/**/{name}" for d in plan.datasets for name in RECORDS]
    page = run / "report/index.html"
    build(
        run,
        [path for record in records for path in (run / "data").glob(record)],
        [figure for figure in figures if figure.exists()],
        page,
    )
    print(f"{len(lost)} of {len(plan.runs())} runs have no result; see {page}", file=sys.stderr)


def _log(run: Path, planned: tuple, step: str) -> Path:
    dataset, recipe, perturbation, _, _ = planned
    name = step.format(recipe=recipe, perturbation=perturbation)
    return run / f"logs/data/{dataset}/{name}.log"


def _reason(run: Path, planned: tuple, missed: set[str], env: str) -> str:
    dataset, recipe, perturbation, method, seed = planned
    for step, log in STEPS.items():
        if step in missed and (message := last_error(_log(run, planned, log))):
            return f"the dataset is not available ({step}): {message}"
    if "environment" in missed and (message := last_error(Path(f"results/envs/{env}.log"))):
        return f"its environment could not be built: {message}"
    if "score" in missed and f"method_{method}" not in missed:
        place = f"{dataset}/{recipe}/{perturbation}/{method}.log"
        errors = map(last_error, run.glob(f"logs/scores/*/{place}"))
        return f"it could not be scored: {next(filter(None, errors), f'see {run}/logs/scores')}"
    folder = f"{dataset}/{recipe}/{perturbation}/{method}"
    return f"not run; see {run}/logs/methods/{folder}/seed{seed}.log"
