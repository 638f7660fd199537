# One rule per table of the supplement, table_<id>, made from what its module says.
from clear.benchmark.tables.table import all_tables

TABLES = all_tables(PLAN.config, PLAN.case_studies)

for table in TABLES:

    rule:
        name:
            f"table_{table.id}"
        input:
            **table.files(RUN, PLAN.case_studies),
            manifest=f"{RUN}/run.json",
        output:
            tsv=f"{RUN}/tables/{table.id}.tsv",
            html=report(
                f"{RUN}/tables/{table.id}.html",
                caption="../report/figure.rst",
                category="Tables",
                labels={"table": table.title},
            ),
            record=f"{RUN}/tables/{table.id}.json",
        log:
            f"{RUN}/logs/tables/{table.id}.log",
        localrule: not table.of_studies
        conda:
            "../envs/main.yaml"
        params:
            id=table.id,
            about=table.about(PLAN.config["quick"]),
            studies=PLAN.case_studies if table.of_studies else [],
            sources=FLOW.sources(
                "scripts/tables/make.py",
                table.module,
                "clear/benchmark/report/page.css",
                "clear/benchmark/report/table.html.j2",
                "config/published.tsv",
            ),
        script:
            "../scripts/tables/make.py"
