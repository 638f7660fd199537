# From a dataset card to the input of a method: fetch, read, prepare.


rule fetch:
    input:
        FLOW.files_at_hand,
    output:
        directory(f"{RUN}/data/{{dataset}}/source"),
    log:
        f"{RUN}/logs/data/{{dataset}}/fetch.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.fetch_card,
        mirror=FLOW.mirror,
        checksums=FLOW.checksums,
        sources=FLOW.sources("scripts/data/fetch.py"),
    script:
        "../scripts/data/fetch.py"


rule read:
    input:
        rules.fetch.output,
    output:
        data=f"{RUN}/data/{{dataset}}/dataset.h5ad",
        record=f"{RUN}/data/{{dataset}}/read.json",
    log:
        f"{RUN}/logs/data/{{dataset}}/read.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.read_card,
        sources=FLOW.reading,
    script:
        "../scripts/data/read.py"


rule qc:
    input:
        rules.read.output.data,
    output:
        f"{RUN}/data/{{dataset}}/qc.tsv",
    log:
        f"{RUN}/logs/data/{{dataset}}/qc.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.prepare_card,
        settings=FLOW.quality_settings,
        sources=FLOW.sources("scripts/data/qc.py"),
    script:
        "../scripts/data/qc.py"


rule prepare:
    input:
        rules.read.output.data,
    output:
        input=f"{RUN}/data/{{dataset}}/{{recipe}}/{{perturbation}}/input.h5ad",
        truth=f"{RUN}/data/{{dataset}}/{{recipe}}/{{perturbation}}/truth.tsv",
        record=f"{RUN}/data/{{dataset}}/{{recipe}}/{{perturbation}}/prepare.json",
    log:
        f"{RUN}/logs/data/{{dataset}}/{{recipe}}/{{perturbation}}/prepare.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.prepare_card,
        settings=FLOW.prepare_settings,
        sources=FLOW.sources("scripts/data/prepare.py"),
    script:
        "../scripts/data/prepare.py"


# Without an output it is done whenever it is asked for.
rule dataset_card_check:
    log:
        f"{RUN}/logs/data/card_check.log",
    conda:
        "../envs/main.yaml"
    params:
        cards=FLOW.all_files,
        table=f"{RUN}/data/card_check.tsv",
    script:
        "../scripts/data/check_urls.py"
