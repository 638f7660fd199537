# The paper's sentences, judged by the scores of the run.
rule claims:
    input:
        scores=rules.collect.output.scores,
        claims=f"{ROOT}/config/claims.yaml",
        schema=f"{ROOT}/config/schemas/claims.schema.yaml",
    output:
        claims=report(
            f"{RUN}/claims.tsv", caption="../report/claims.rst", category="Tables"
        ),
        pairs=f"{RUN}/claim_pairs.tsv",
    log:
        f"{RUN}/logs/claims/claims.log",
    conda:
        "../envs/main.yaml"
    params:
        datasets=list(PLAN.datasets),
        seeds={name: PLAN.seeds(name) for name in PLAN.methods},
        fixed=[n for n, card in PLAN.methods.items() if not card["stochastic"]],
        quick=PLAN.config["quick"],
        sources=FLOW.sources("scripts/claims/judge.py"),
    script:
        "../scripts/claims/judge.py"
