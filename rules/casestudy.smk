# Fig. 5: from the embedding of patients' and donors' cells to clusters, types and shares. A method
# without an embedding has tables without rows; why is in runs.tsv.
STUDY = f"{RUN}/casestudy/{{dataset}}/{{recipe}}/{{method}}"
STUDY_LOGS = f"{RUN}/logs/casestudy/{{dataset}}/{{recipe}}/{{method}}"
STUDY_DATA = f"{RUN}/data/{{dataset}}/{{recipe}}/none"


rule casestudy_clusters:
    input:
        run=FLOW.methods.case_study_folder,
        data=STUDY_DATA,
    output:
        f"{STUDY}/clusters.tsv",
    log:
        f"{STUDY_LOGS}/clusters.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/clusters.py"),
    script:
        "../scripts/casestudy/clusters.py"


rule casestudy_umap:
    input:
        run=FLOW.methods.case_study_folder,
        data=STUDY_DATA,
    output:
        f"{STUDY}/umap.tsv",
    log:
        f"{STUDY_LOGS}/umap.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/casestudy/umap.py"),
    script:
        "../scripts/casestudy/umap.py"


rule casestudy_types:
    input:
        unpack(FLOW.data.declared_tables),
        clusters=rules.casestudy_clusters.output[0],
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
        clusters=rules.casestudy_clusters.output[0],
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
