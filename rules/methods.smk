# One rule per method card, named method_<id>. A run that fails is a record, not a failed job.
import json
import shutil
from functools import partial

ORDER = ROOT / "clear/benchmark/methods/order.py"
RUNNER = [path.relative_to(ROOT) for path in sorted(ORDER.parent.glob("*.py"))]
RUNNER_FILES = {
    "python": [*RUNNER, "scripts/methods/contract.py"],
    "R": [*RUNNER, ORDER.parent / "launch.R", "scripts/methods/contract.R"],
}


def order(wildcards, card):
    """What is to be run, as JSON: Snakemake records it and reruns when it changes.

    A function of wildcards only: Snakemake does not watch params that look at input or output.
    """
    told = card["told"]
    place = f"{wildcards.dataset}/{wildcards.variant}"
    terms = {
        "method": card["id"],
        "dataset": wildcards.dataset,
        "variant": wildcards.variant,
        "seed": int(wildcards.seed),
        "language": card["language"],
        "script": os.path.relpath(card["_script"]),
        "input": f"{RUN}/data/{place}/input.h5ad",
        "prepared": f"{RUN}/data/{place}/prepare.json",
        "truth": f"{RUN}/data/{place}/truth.tsv" if "labels" in told else None,
        "told": told,
        "output": f"{RUN}/methods/{place}/{card['id']}/seed{wildcards.seed}",
        "environment": environment_of(card),
        "settings": PLAN.settings(card["id"]),
        "threads": card["threads"],
        "device": PLAN.config["device"],
        "gpu": card["gpu"],
        "minutes": PLAN.limit(card["id"], "minutes"),
        "memory_gb": PLAN.limit(card["id"], "memory_gb"),
        "outputs": card["outputs"],
        "not_applicable": PLAN.not_applicable(wildcards.dataset, card["id"]),
        "source_hash": script_hash(card["_script"], *RUNNER_FILES[card["language"]]),
    }
    if card["language"] == "R":  # a run that lacked R is repeated once R is there
        terms["r"] = bool(shutil.which("Rscript") or WITH_CONDA)
    return json.dumps(terms, sort_keys=True)


def environment_of(card):
    """Record of the environment that uv builds for a method; None where it needs none."""
    return (
        f"results/envs/{card['env']}/environment.json"
        if card["env"] in ENVIRONMENTS
        else None
    )


rule environment:
    input:
        lambda wildcards: ENVIRONMENTS[wildcards.env],
    output:
        "results/envs/{env}/environment.json",
    log:
        "results/envs/{env}.log",
    wildcard_constraints:
        env="[A-Za-z0-9_-]+",
    conda:
        "../envs/main.yaml"
    params:
        sources=script_hash("scripts/methods/environment.py"),
    script:
        "../scripts/methods/environment.py"


ENVIRONMENTS = {
    card["env"]: str(card["_env"])
    for card in PLAN.methods.values()
    if card["isolated"] and not WITH_CONDA
}


for card in PLAN.methods.values():

    rule:
        name:
            f"method_{card['id']}"
        input:
            data=rules.prepare.output.input,
            record=rules.prepare.output.record,
            truth=[rules.prepare.output.truth] if "labels" in card["told"] else [],
            environment=environment_of(card) or [],
        output:
            directory(
                f"{RUN}/methods/{{dataset}}/{{variant}}/{card['id']}/seed{{seed}}"
            ),
        log:
            f"{RUN}/logs/methods/{{dataset}}/{{variant}}/{card['id']}/seed{{seed}}.log",
        conda:
            str(card["_env"])
        threads: card["threads"]
        resources:
            gpu=int(card["gpu"] and PLAN.config["device"] != "cpu"),
            mem_mb=int(PLAN.limit(card["id"], "memory_gb") * 1024),
            runtime=int(PLAN.limit(card["id"], "minutes")) + 5,
        params:
            order=partial(order, card=card),
        shell:
            "exec {PYTHON:q} {ORDER:q} {sys.executable:q} {params.order:q} > {log:q} 2>&1"
