# The manifest of a run and its page. After an error the page is written from what there is.
from clear.benchmark.report.manifest import manifest


rule manifest:
    output:
        f"{RUN}/run.json",
    log:
        f"{RUN}/logs/report/manifest.log",
    conda:
        "../envs/main.yaml"
    params:
        manifest=manifest(PLAN),
        sources=FLOW.sources("scripts/report/manifest.py"),
    script:
        "../scripts/report/manifest.py"


rule page:
    input:
        scores=rules.collect.output.scores,
        runs=rules.collect.output.runs,
        statistics=rules.statistics.output[0],
        ranks=rules.ranks.output[0],
        costs=rules.costs.output[0],
        manifest=rules.manifest.output[0],
        records=[
            *(f"{RUN}/data/{dataset}/read.json" for dataset in PLAN.datasets),
            *(f"{RUN}/data/{d}/{r}/{p}/prepare.json" for d, r, p in PLAN.preparations),
        ],
        sources=[f"{RUN}/data/{dataset}/source" for dataset in PLAN.datasets],
        figures=[f"{figure}.json" for figure in FIGURES],
        pictures=[f"{figure}.{kind}" for figure in FIGURES for kind in ("png", "pdf")],
    output:
        report(
            f"{RUN}/report/index.html", caption="../report/page.rst", category="Page"
        ),
    log:
        f"{RUN}/logs/report/page.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/report/page.py", "clear/benchmark/report/page.*"),
    script:
        "../scripts/report/page.py"


onerror:
    from clear.benchmark.report.after_error import report_anyway

    # A dead address that was asked for by itself is no reason to write a report.
    unfinished = {job.rule.name for job in workflow.dag.needrun_jobs()}
    if unfinished != {"dataset_card_check"}:
        report_anyway(workflow, PLAN, Path(RUN))
