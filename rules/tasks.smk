# From run folders and the truth to one tidy table. Only these rules and the label control read it.


rule score:
    input:
        runs=FLOW.folders,
        data=rules.prepare.output,
    output:
        f"{RUN}/scores/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.tsv",
    log:
        f"{RUN}/logs/scores/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.log",
    conda:
        "../envs/main.yaml"
    params:
        settings=PLAN.config["scores"],
        sources=FLOW.sources("scripts/tasks/score.py"),
    script:
        "../scripts/tasks/score.py"


rule umap:
    input:
        runs=FLOW.first_folders,
        data=rules.prepare.output,
    output:
        f"{RUN}/projections/{{dataset}}/{{recipe}}/{{perturbation}}/umap.tsv",
    log:
        f"{RUN}/logs/projections/{{dataset}}/{{recipe}}/{{perturbation}}/umap.log",
    conda:
        "../envs/main.yaml"
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=FLOW.sources("scripts/tasks/umap.py"),
    script:
        "../scripts/tasks/umap.py"


rule collect:
    input:
        scores=list(
            dict.fromkeys(
                f"{RUN}/scores/{d}/{r}/{p}/{m}.tsv" for d, r, p, m, _ in PLAN.runs()
            )
        ),
        runs=[f"{RUN}/methods/{d}/{r}/{p}/{m}/seed{s}" for d, r, p, m, s in PLAN.runs()],
    output:
        scores=report(
            f"{RUN}/scores.tsv", caption="../report/scores.rst", category="Tables"
        ),
        runs=report(f"{RUN}/runs.tsv", caption="../report/runs.rst", category="Tables"),
    log:
        f"{RUN}/logs/scores/collect.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/tasks/collect.py"),
    script:
        "../scripts/tasks/collect.py"
