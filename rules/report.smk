# The manifest of a run, its page, and the last rule, which says what is missing.
from clear.benchmark.report.manifest import digest, manifest

MANIFEST = manifest(PLAN)


rule manifest:
    output:
        f"{RUN}/run.json",
    log:
        f"{RUN}/logs/report/manifest.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        # Looks at `input` so that Snakemake does not watch it, nor prints it whole when it differs.
        manifest=lambda wildcards, input: MANIFEST,
        digest=digest(MANIFEST),
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
        comparisons=[
            rules.leave_out.output[0],
            rules.differences.output[0],
            rules.mean_ranks.output[0],
            rules.relative_costs.output[0],
        ],
        claims=rules.claims.output,
        manifest=rules.manifest.output[0],
        records=[
            *(f"{RUN}/data/{d}/source" for d in [*PLAN.datasets, *PLAN.sources]),
            *(f"{RUN}/data/{d}/dataset" for d in [*PLAN.datasets, *PLAN.sources]),
            *(f"{RUN}/data/{d}/{r}/{p}" for d, r, p in PLAN.preparations),
            *SOURCES,
        ],
        figures=[f"{figure}.json" for figure in FIGURES],
        tables=[f"{RUN}/tables/{table.id}.json" for table in TABLES],
        pages=[
            f"{RUN}/tables/{table.id}.{kind}"
            for table in TABLES
            for kind in ("tsv", "html")
        ],
        pictures=[f"{figure}.{kind}" for figure in FIGURES for kind in ("png", "pdf")],
    output:
        report(
            f"{RUN}/report/index.html", caption="../report/page.rst", category="Page"
        ),
    log:
        f"{RUN}/logs/report/page.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/report/page.py", "clear/benchmark/report/page*.*"),
    script:
        "../scripts/report/page.py"


# The marker is there when all data are. Tables and page are written before this job fails. It also
# names the runs that did not succeed, which is no reason to fail.
rule complete:
    input:
        page=rules.page.output,
        runs=rules.collect.output.runs,
        folders=RECORDS,
    output:
        f"{RUN}/.complete",
    log:
        f"{RUN}/logs/report/complete.log",
    conda:
        "../envs/main.yaml"
    params:
        data=lambda wildcards: f"{RUN}/data",
        sources=FLOW.sources("scripts/report/complete.py"),
    script:
        "../scripts/report/complete.py"
