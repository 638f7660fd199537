# From run folders and the truth to one tidy table. Only these rules and the label control read it.


def folders(wildcards, method=None, seeds=None):
    """Run folders of one method on one dataset, for all its seeds or those given."""
    method = method or wildcards.method
    return [
        f"{RUN}/methods/{wildcards.dataset}/{wildcards.variant}/{method}/seed{seed}"
        for seed in (seeds or PLAN.seeds(method))
    ]


rule score:
    input:
        runs=folders,
        truth=rules.prepare.output.truth,
    output:
        f"{RUN}/scores/{{dataset}}/{{variant}}/{{method}}.tsv",
    log:
        f"{RUN}/logs/scores/{{dataset}}/{{variant}}/{{method}}.log",
    conda:
        "../envs/main.yaml"
    params:
        settings=PLAN.config["scores"],
        sources=script_hash("scripts/scores/score.py"),
    script:
        "../scripts/scores/score.py"


rule umap:
    input:
        runs=lambda wildcards: [
            folder
            for method in PLAN.methods
            for folder in folders(wildcards, method, PLAN.seeds(method)[:1])
        ],
        truth=rules.prepare.output.truth,
    output:
        f"{RUN}/scores/{{dataset}}/{{variant}}/umap.tsv",
    log:
        f"{RUN}/logs/scores/{{dataset}}/{{variant}}/umap.log",
    conda:
        "../envs/main.yaml"
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        sources=script_hash("scripts/scores/umap.py"),
    script:
        "../scripts/scores/umap.py"


rule collect:
    input:
        scores=list(
            dict.fromkeys(
                f"{RUN}/scores/{d}/{v}/{m}.tsv" for d, v, m, _ in PLAN.runs()
            )
        ),
        runs=[f"{RUN}/methods/{d}/{v}/{m}/seed{s}" for d, v, m, s in PLAN.runs()],
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
        sources=script_hash("scripts/scores/collect.py"),
    script:
        "../scripts/scores/collect.py"
