# From a dataset card to the input of a method: fetch, read, prepare.
FETCH_KEYS = "id title files path packaged simulate canonical"
READ_KEYS = f"{FETCH_KEYS} reader reader_options label batch stage stages unit expected"
PREPARE_KEYS = "id unit tasks batch stage stages"


def files_at_hand(wildcards):
    """Local files that fetch will take: when they change, so does everything after them."""
    card, mirror = PLAN.datasets[wildcards.dataset], PLAN.config["mirror"]
    if "path" in card:
        return [card["path"]] if Path(card["path"]).exists() else []
    names = [file["name"] for file in card.get("files", [])] + [f"{card['id']}.h5ad"]
    found = [Path(mirror) / name for name in names if mirror and "files" in card]
    return [str(path) for path in found if path.exists()]


rule fetch:
    input:
        files_at_hand,
    output:
        directory(f"{RUN}/data/{{dataset}}/source"),
    log:
        f"{RUN}/logs/data/{{dataset}}/fetch.log",
    conda:
        "../envs/main.yaml"
    params:
        card=lambda wildcards: card_keys(PLAN.datasets[wildcards.dataset], FETCH_KEYS),
        mirror=PLAN.config["mirror"],
        sources=script_hash("scripts/data/fetch.py"),
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
        card=lambda wildcards: card_keys(PLAN.datasets[wildcards.dataset], READ_KEYS),
        sources=script_hash("scripts/data/read.py"),
    script:
        "../scripts/data/read.py"


rule prepare:
    input:
        rules.read.output.data,
    output:
        input=f"{RUN}/data/{{dataset}}/{{variant}}/input.h5ad",
        truth=f"{RUN}/data/{{dataset}}/{{variant}}/truth.tsv",
        record=f"{RUN}/data/{{dataset}}/{{variant}}/prepare.json",
    log:
        f"{RUN}/logs/data/{{dataset}}/{{variant}}/prepare.log",
    conda:
        "../envs/main.yaml"
    params:
        card=lambda wildcards: card_keys(PLAN.datasets[wildcards.dataset], PREPARE_KEYS),
        settings=lambda wildcards: PLAN.prepare(wildcards.dataset),
        sources=script_hash("scripts/data/prepare.py"),
    script:
        "../scripts/data/prepare.py"
