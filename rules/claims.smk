from clear.benchmark.vocabulary import NONE, STANDARD

# The paper's sentences, judged by the scores of the run and by the tests of its case studies.
STUDIES = [(d, m) for d, recipe, m in PLAN.case_studies if recipe == STANDARD]
ATLASES = [(d, m) for d, recipe, m in PLAN.atlases if recipe == STANDARD]
CLOSE_UPS = [
    (d, r) for d in PLAN.config["close_up"]["datasets"] for r in PLAN.config["recipes"]
]


rule claims:
    input:
        scores=rules.collect.output.scores,
        runs=rules.collect.output.runs,
        scans=[f"{RUN}/scans/{d}/{r}/{NONE}/scan.tsv" for d, r in CLOSE_UPS],
        claims=f"{ROOT}/config/claims.yaml",
        schema=f"{ROOT}/config/schemas/claims.schema.yaml",
        composition=[
            f"{RUN}/casestudy/{d}/{STANDARD}/{m}/composition_tests.tsv"
            for d, m in STUDIES
        ],
        tests=[
            f"{RUN}/casestudy/{d}/{STANDARD}/{m}/score_tests.tsv" for d, m in STUDIES
        ],
        maps=[
            f"{RUN}/casestudy/{d}/{STANDARD}/{m}/map.json"
            for d, m in [*STUDIES, *ATLASES]
        ],
        types=[f"{RUN}/casestudy/{d}/{STANDARD}/{m}/annotation.tsv" for d, m in ATLASES],
    output:
        claims=report(
            f"{RUN}/claims.tsv", caption="../report/claims.rst", category="Tables"
        ),
        pairs=f"{RUN}/claim_pairs.tsv",
    log:
        f"{RUN}/logs/claims/claims.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        datasets=list(PLAN.datasets),
        seeds={name: PLAN.seeds(name) for name in PLAN.methods},
        fixed=[n for n, card in PLAN.methods.items() if not card["stochastic"]],
        quick=PLAN.config["quick"],
        studies=STUDIES,
        atlases=ATLASES,
        close_ups=CLOSE_UPS,
        statuses={d: PLAN.datasets[d]["statuses"] for d, _ in STUDIES},
        sources=FLOW.sources("scripts/claims/judge.py"),
    script:
        "../scripts/claims/judge.py"
