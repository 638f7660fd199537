# Tables made from the tables of scores and runs; page, figures and claims read them.
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.vocabulary import is_control


rule statistics:
    input:
        rules.collect.output.scores,
    output:
        f"{RUN}/statistics.tsv",
    log:
        f"{RUN}/logs/statistics/statistics.log",
    conda:
        "../envs/main.yaml"
    params:
        served=PLAN.served(),
        sources=FLOW.sources("scripts/statistics/summary.py"),
    script:
        "../scripts/statistics/summary.py"


rule ranks:
    input:
        rules.statistics.output[0],
    output:
        f"{RUN}/ranks.tsv",
    log:
        f"{RUN}/logs/statistics/ranks.log",
    conda:
        "../envs/main.yaml"
    params:
        metrics={
            name: {key: getattr(metric, key) for key in ("better", "low", "high")}
            for name, metric in all_metrics().items()
        },
        controls=[name for name, card in PLAN.methods.items() if is_control(card)],
        tuned_on={name: card["tuned_on"] for name, card in PLAN.methods.items()},
        sources=FLOW.sources("scripts/statistics/ranks.py"),
    script:
        "../scripts/statistics/ranks.py"


rule costs:
    input:
        rules.collect.output.runs,
    output:
        f"{RUN}/costs.tsv",
    log:
        f"{RUN}/logs/statistics/costs.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/statistics/costs.py"),
    script:
        "../scripts/statistics/costs.py"


# Asked for by the figures of a run that takes presets apart.
rule ablation:
    input:
        rules.collect.output.scores,
    output:
        f"{RUN}/ablation.tsv",
    log:
        f"{RUN}/logs/statistics/ablation.log",
    conda:
        "../envs/main.yaml"
    params:
        arms=PLAN.ablation,
        sources=FLOW.sources("scripts/statistics/ablation.py"),
    script:
        "../scripts/statistics/ablation.py"
