# One rule per method card, named method_<id>. A run that fails is a record, not a failed job.
from functools import partial


rule environment:
    output:
        directory("results/envs/{env}/record"),
    log:
        "results/envs/{env}.log",
    wildcard_constraints:
        env="[A-Za-z0-9_-]+",
    conda:
        "../envs/main.yaml"
    params:
        file=FLOW.methods.environment_file,
        requirements=FLOW.methods.requirements,
        failures=FLOW.failures("results/envs/{env}/record"),
        sources=FLOW.sources("scripts/methods/environment.py"),
    script:
        "../scripts/methods/environment.py"


for card in PLAN.methods.values():

    rule:
        name:
            f"method_{card['id']}"
        input:
            data=rules.prepare.output,
            source=partial(FLOW.methods.source_data, card=card),
            environment=FLOW.methods.environment(card) or [],
        output:
            directory(
                f"{RUN}/methods/{{dataset}}/{{recipe}}/{{perturbation}}/{card['id']}/seed{{seed}}"
            ),
        log:
            f"{RUN}/logs/methods/{{dataset}}/{{recipe}}/{{perturbation}}/{card['id']}/seed{{seed}}.log",
        priority: 2  # before scores, which are short: no core waits for the last of the runs
        conda:
            str(card["_env"])
        threads: card["threads"]
        resources:
            gpu=partial(FLOW.methods.gpus, card=card, workflow=workflow),
            # Of both more than the runner's own limits, which then act first and leave a record.
            mem_mb=int(PLAN.limit(card["id"], "memory_gb") * 1024) + 1024,
            runtime=int(PLAN.limit(card["id"], "minutes")) + 5,
        params:
            start=FLOW.methods.start,
            order=partial(FLOW.methods.order, card=card),
        shell:
            "exec {params.start} {params.order:q} > {log:q} 2>&1"
