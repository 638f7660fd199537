# Tables made from the tables of scores and runs; page and figures read them.
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.vocabulary import is_control

# What the rules that compare methods are told of metrics and methods.
METRICS = {
    name: {key: getattr(metric, key) for key in ("better", "low", "high")}
    for name, metric in all_metrics().items()
}
CONTROLS = [name for name, card in PLAN.methods.items() if is_control(card)]
TUNED_ON = {name: card["tuned_on"] for name, card in PLAN.methods.items()}


rule statistics:
    input:
        rules.collect.output.scores,
    output:
        f"{RUN}/statistics.tsv",
    log:
        f"{RUN}/logs/statistics/statistics.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        served=SERVED,
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
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        metrics=METRICS,
        controls=CONTROLS,
        tuned_on=TUNED_ON,
        sources=FLOW.sources("scripts/statistics/ranks.py"),
    script:
        "../scripts/statistics/ranks.py"


rule differences:
    input:
        scores=rules.collect.output.scores,
        statistics=rules.statistics.output[0],
    output:
        f"{RUN}/differences.tsv",
    log:
        f"{RUN}/logs/statistics/differences.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        metrics=METRICS,
        controls=CONTROLS,
        tuned_on=TUNED_ON,
        references=PLAN.references,
        sources=FLOW.sources("scripts/statistics/differences.py"),
    script:
        "../scripts/statistics/differences.py"


rule mean_ranks:
    input:
        rules.statistics.output[0],
    output:
        f"{RUN}/mean_ranks.tsv",
    log:
        f"{RUN}/logs/statistics/mean_ranks.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        metrics=METRICS,
        controls=CONTROLS,
        tuned_on=TUNED_ON,
        sources=FLOW.sources("scripts/statistics/mean_ranks.py"),
    script:
        "../scripts/statistics/mean_ranks.py"


rule leave_out:
    input:
        rules.statistics.output[0],
    output:
        f"{RUN}/leave_out.tsv",
    log:
        f"{RUN}/logs/statistics/leave_out.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        metrics=METRICS,
        controls=CONTROLS,
        tuned_on=TUNED_ON,
        groups={name: card.get("related", name) for name, card in PLAN.datasets.items()},
        sources=FLOW.sources("scripts/statistics/leave_out.py"),
    script:
        "../scripts/statistics/leave_out.py"


rule costs:
    input:
        rules.collect.output.runs,
    output:
        f"{RUN}/costs.tsv",
    log:
        f"{RUN}/logs/statistics/costs.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/statistics/costs.py"),
    script:
        "../scripts/statistics/costs.py"


rule relative_costs:
    input:
        rules.costs.output[0],
    output:
        f"{RUN}/relative_costs.tsv",
    log:
        f"{RUN}/logs/statistics/relative_costs.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        references=PLAN.references,
        sources=FLOW.sources("scripts/statistics/relative_costs.py"),
    script:
        "../scripts/statistics/relative_costs.py"


# Asked for by the figures of a run that takes presets apart.
rule ablation:
    input:
        rules.collect.output.scores,
    output:
        f"{RUN}/ablation.tsv",
    log:
        f"{RUN}/logs/statistics/ablation.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        arms=PLAN.ablation,
        sources=FLOW.sources("scripts/statistics/ablation.py"),
    script:
        "../scripts/statistics/ablation.py"


# Asked for by Table S3 of a run that tunes methods.
rule tuning:
    input:
        scores=rules.collect.output.scores,
        widths=[
            f"{RUN}/widths/{d}/{r}/none/{one['method']}.tsv"
            for d, r, p in PLAN.preparations
            if p == "none"
            for one in PLAN.tuning
        ],
    output:
        f"{RUN}/tuning.tsv",
    log:
        f"{RUN}/logs/statistics/tuning.log",
    localrule: True
    conda:
        "../envs/main.yaml"
    params:
        configurations=PLAN.tuning,
        sources=FLOW.sources("scripts/statistics/tuning.py"),
    script:
        "../scripts/statistics/tuning.py"
