# From run folders and the truth to one tidy table. Of a target only these rules and the label control read the truth.
SERVED = PLAN.served()


rule score:
    input:
        runs=FLOW.methods.folders,
        data=rules.prepare.output,
    output:
        f"{RUN}/scores/{{task}}/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.tsv",
    log:
        f"{RUN}/logs/scores/{{task}}/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.log",
    conda:
        "../envs/main.yaml"
    params:
        settings=PLAN.config["scores"],
        served=lambda wildcards: SERVED[wildcards.task][wildcards.method],
        sources=FLOW.scoring,
    script:
        "../scripts/tasks/score.py"


rule umap:
    input:
        runs=FLOW.methods.first_folders,
        data=rules.prepare.output,
        planes=FLOW.methods.study_planes,
    output:
        f"{RUN}/projections/{{dataset}}/{{recipe}}/{{perturbation}}/umap.tsv",
    log:
        f"{RUN}/logs/projections/{{dataset}}/{{recipe}}/{{perturbation}}/umap.log",
    priority: 1
    conda:
        "../envs/main.yaml"
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=FLOW.sources("scripts/tasks/umap.py"),
    script:
        "../scripts/tasks/umap.py"


rule order:
    input:
        runs=FLOW.methods.first_folders,
        data=rules.prepare.output,
        umap=rules.umap.output[0],
    output:
        order=f"{RUN}/orders/{{dataset}}/{{recipe}}/{{perturbation}}/order.tsv",
        path=f"{RUN}/orders/{{dataset}}/{{recipe}}/{{perturbation}}/path.tsv",
    log:
        f"{RUN}/logs/orders/{{dataset}}/{{recipe}}/{{perturbation}}.log",
    conda:
        "../envs/main.yaml"
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=FLOW.sources("scripts/tasks/order.py"),
    script:
        "../scripts/tasks/order.py"


rule turning_point:
    input:
        runs=FLOW.methods.close_up_folders,
        data=rules.prepare.output,
    output:
        scan=f"{RUN}/scans/{{dataset}}/{{recipe}}/{{perturbation}}/scan.tsv",
        flows=f"{RUN}/scans/{{dataset}}/{{recipe}}/{{perturbation}}/flows.tsv",
    log:
        f"{RUN}/logs/scans/{{dataset}}/{{recipe}}/{{perturbation}}.log",
    priority: 1
    conda:
        "../envs/main.yaml"
    resources:
        runtime=480,  # up to some hundred clusterings for each seed of each method
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=FLOW.sources("scripts/tasks/turning_point.py"),
    script:
        "../scripts/tasks/turning_point.py"


# Asked for by a run that tunes methods.
rule widths:
    input:
        runs=FLOW.methods.folders,
        data=rules.prepare.output,
    output:
        f"{RUN}/widths/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.tsv",
    log:
        f"{RUN}/logs/widths/{{dataset}}/{{recipe}}/{{perturbation}}/{{method}}.log",
    conda:
        "../envs/main.yaml"
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=FLOW.sources("scripts/tasks/widths.py"),
    script:
        "../scripts/tasks/widths.py"


rule collect:
    input:
        scores=[f"{RUN}/scores/{'/'.join(scored)}.tsv" for scored in PLAN.scored()],
        runs=[f"{RUN}/methods/{d}/{r}/{p}/{m}/seed{s}" for d, r, p, m, s in PLAN.runs()],
    output:
        scores=report(
            f"{RUN}/scores.tsv", caption="../report/scores.rst", category="Tables"
        ),
        runs=report(f"{RUN}/runs.tsv", caption="../report/runs.rst", category="Tables"),
    log:
        f"{RUN}/logs/scores/collect.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        scoring={
            d: {m: PLAN.scoring(d, m) for m in PLAN.methods} for d in PLAN.datasets
        },
        served=SERVED,
        sources=FLOW.sources("scripts/tasks/collect.py"),
    script:
        "../scripts/tasks/collect.py"
