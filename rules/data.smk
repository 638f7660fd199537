# From a dataset card to the input of a method: fetch, read, prepare. Each leaves a folder with a
# status.json; where there are no data it says why, and the next command tries again (`failures`).
PREPARED = f"{RUN}/data/{{dataset}}/{{recipe}}/{{perturbation}}"
RECORDS = [
    *(f"{RUN}/data/{d}/{r}/{p}" for d, r, p in PLAN.preparations),
    *(f"{RUN}/data/{dataset}/quality" for dataset in PLAN.datasets),
]
# What methods learn from and nothing is scored on: without it they have no data, and the rest goes on.
SOURCES = [
    f"{RUN}/data/{d}/{r}/none" for d in PLAN.sources for r in PLAN.config["recipes"]
]


rule fetch:
    input:
        FLOW.data.local_files,
        ancient(FLOW.data.checked_files),
    output:
        directory(f"{RUN}/data/{{dataset}}/source"),
    log:
        f"{RUN}/logs/data/{{dataset}}/fetch.log",
    conda:
        "../envs/main.yaml"
    resources:
        min_speed=PLAN.config["min_speed"],  # no parameter: another one repeats nothing
    params:
        card=FLOW.data.fetch_card,
        mirror=FLOW.data.mirror,
        checksums=FLOW.data.checksums,
        refused=FLOW.data.refused,
        failures=FLOW.failures(f"{RUN}/data/{{dataset}}/source"),
        sources=FLOW.sources("scripts/data/fetch.py"),
    script:
        "../scripts/data/fetch.py"


rule read:
    input:
        rules.fetch.output,
    output:
        directory(f"{RUN}/data/{{dataset}}/dataset"),
    log:
        f"{RUN}/logs/data/{{dataset}}/read.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.data.read_card,
        checksums=FLOW.data.checksums,
        failures=FLOW.failures(f"{RUN}/data/{{dataset}}/dataset"),
        sources=FLOW.data.reading,
    script:
        "../scripts/data/read.py"


rule qc:
    input:
        rules.read.output,
    output:
        directory(f"{RUN}/data/{{dataset}}/quality"),
    log:
        f"{RUN}/logs/data/{{dataset}}/qc.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.data.prepare_card,
        settings=FLOW.data.quality_settings,
        failures=FLOW.failures(f"{RUN}/data/{{dataset}}/quality"),
        sources=FLOW.sources("scripts/data/qc.py"),
    script:
        "../scripts/data/qc.py"


rule prepare:
    input:
        rules.read.output,
    output:
        directory(PREPARED),
    log:
        f"{RUN}/logs/data/{{dataset}}/{{recipe}}/{{perturbation}}/prepare.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.data.prepare_card,
        settings=FLOW.data.prepare_settings,
        failures=FLOW.failures(PREPARED),
        sources=FLOW.sources("scripts/data/prepare.py"),
    script:
        "../scripts/data/prepare.py"


# The marker is there when all data are; as long as some are missing, this job fails and says so.
rule datasets:
    input:
        folders=[*RECORDS, *SOURCES],
    output:
        f"{RUN}/data/.complete",
    log:
        f"{RUN}/logs/data/datasets.log",
    conda:
        "../envs/main.yaml"
    params:
        data=lambda wildcards: f"{RUN}/data",
        sources=FLOW.sources("scripts/data/complete.py"),
    script:
        "../scripts/data/complete.py"


# Without an output it is done whenever it is asked for.
rule dataset_card_check:
    log:
        f"{RUN}/logs/data/card_check.log",
    conda:
        "../envs/main.yaml"
    params:
        cards=FLOW.data.files_of_all_cards,
        table=f"{RUN}/data/card_check.tsv",
    script:
        "../scripts/data/check_urls.py"
