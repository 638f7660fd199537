# Figs. 5 and 6: from an embedding to clusters, types and the shares of types. A method
# without an embedding has tables without rows; why is in runs.tsv.
from clear.benchmark.methods.gpus import has_gpu

STUDY = f"{RUN}/casestudy/{{dataset}}/{{recipe}}/{{method}}"
STUDY_LOGS = f"{RUN}/logs/casestudy/{{dataset}}/{{recipe}}/{{method}}"
STUDY_DATA = f"{RUN}/data/{{dataset}}/{{recipe}}/none"
# What no figure shows and a run makes all the same.
STUDY_TABLES = [
    f"{RUN}/casestudy/{dataset}/{recipe}/{method}/markers.tsv"
    for dataset, recipe, method in [*PLAN.case_studies, *PLAN.atlases]
]


# With conda; without it the step uses what its Python has (clear/benchmark/casestudy/engines.py).
ON_GPU = PLAN.config["device"] != "cpu" and workflow.local_exec and has_gpu()


rule casestudy_map:
    input:
        run=FLOW.methods.case_study_folder,
        data=STUDY_DATA,
    output:
        clusters=f"{STUDY}/clusters.tsv",
        umap=f"{STUDY}/umap.tsv",
        record=f"{STUDY}/map.json",
    log:
        f"{STUDY_LOGS}/map.log",
    conda:
        "../envs/rapids.yaml" if ON_GPU else "../envs/main.yaml"
    resources:
        # Leiden holds 5.4 GB for a million cells, 9.4 for 1.46 million (docs/performance.md).
        mem_mb=16_000,
    params:
        n_neighbors=PLAN.config["scores"]["n_neighbors"],
        device=PLAN.config["device"],
        sources=FLOW.sources("scripts/casestudy/map.py"),
    script:
        "../scripts/casestudy/map.py"


rule casestudy_types:
    input:
        unpack(FLOW.data.declared_tables),
        clusters=rules.casestudy_map.output.clusters,
        data=STUDY_DATA,
    output:
        types=f"{STUDY}/types.tsv",
        annotation=f"{STUDY}/annotation.tsv",
    log:
        f"{STUDY_LOGS}/types.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/types.py"),
    script:
        "../scripts/casestudy/types.py"


rule casestudy_markers:
    input:
        clusters=rules.casestudy_map.output.clusters,
        data=STUDY_DATA,
    output:
        f"{STUDY}/markers.tsv",
    log:
        f"{STUDY_LOGS}/markers.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/markers.py"),
    script:
        "../scripts/casestudy/markers.py"


rule casestudy_dots:
    input:
        types=rules.casestudy_types.output.types,
        markers=FLOW.data.marker_table,
        data=STUDY_DATA,
    output:
        f"{STUDY}/dots.tsv",
    log:
        f"{STUDY_LOGS}/dots.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/dots.py"),
    script:
        "../scripts/casestudy/dots.py"


rule casestudy_composition:
    input:
        types=rules.casestudy_types.output.types,
        markers=FLOW.data.marker_table,
        data=STUDY_DATA,
    output:
        shares=f"{STUDY}/composition.tsv",
        tests=f"{STUDY}/composition_tests.tsv",
    log:
        f"{STUDY_LOGS}/composition.log",
    conda:
        "../envs/main.yaml"
    params:
        statuses=FLOW.data.statuses,
        sources=FLOW.sources("scripts/casestudy/composition.py"),
    script:
        "../scripts/casestudy/composition.py"


rule casestudy_panel:
    input:
        data=STUDY_DATA,
    output:
        f"{RUN}/casestudy/{{dataset}}/{{recipe}}/panel.tsv",
    log:
        f"{RUN}/logs/casestudy/{{dataset}}/{{recipe}}/panel.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/panel.py"),
    script:
        "../scripts/casestudy/panel.py"
