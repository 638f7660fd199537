# Fig. 5, the genes: what differs between statuses, by cells and by donors, scores of lists of genes, gene sets.


rule casestudy_differential:
    input:
        types=rules.casestudy_types.output.types,
        data=STUDY_DATA,
    output:
        genes=f"{STUDY}/differential.tsv",
        contrasts=f"{STUDY}/contrasts.tsv",
    log:
        f"{STUDY_LOGS}/differential.log",
    conda:
        "../envs/main.yaml"
    threads: 4
    params:
        statuses=FLOW.data.statuses,
        known=FLOW.data.known_changes,
        sources=FLOW.sources("scripts/casestudy/differential.py"),
    script:
        "../scripts/casestudy/differential.py"


rule casestudy_scores:
    input:
        types=rules.casestudy_types.output.types,
        lists=FLOW.data.gene_lists,
        data=STUDY_DATA,
    output:
        scores=f"{STUDY}/scores.tsv",
        tests=f"{STUDY}/score_tests.tsv",
        expression=f"{STUDY}/expression.tsv",
    log:
        f"{STUDY_LOGS}/scores.log",
    conda:
        "../envs/main.yaml"
    params:
        statuses=FLOW.data.statuses,
        focus=FLOW.data.focus,
        sources=FLOW.sources("scripts/casestudy/scores.py"),
    script:
        "../scripts/casestudy/scores.py"


rule casestudy_gsea:
    input:
        unpack(FLOW.data.gene_sets),
        genes=rules.casestudy_differential.output.genes,
    output:
        f"{STUDY}/gsea.tsv",
    log:
        f"{STUDY_LOGS}/gsea.log",
    conda:
        "../envs/main.yaml"
    params:
        focus=FLOW.data.focus,
        sources=FLOW.sources("scripts/casestudy/gsea.py"),
    script:
        "../scripts/casestudy/gsea.py"
