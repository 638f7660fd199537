# One rule per figure; each reads tidy tables and the manifest, nothing else.


rule fig2a:
    input:
        scores=rules.collect.output.scores,
        manifest=f"{RUN}/run.json",
    output:
        pdf=f"{RUN}/figures/fig2a.pdf",
        png=report(
            f"{RUN}/figures/fig2a.png",
            caption="../report/fig2a.rst",
            category="Clustering",
        ),
    log:
        f"{RUN}/logs/figures/fig2a.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/figures/fig2a.py"),
    script:
        "../scripts/figures/fig2a.py"


rule umap_panels:
    input:
        umap=rules.umap.output[0],
        scores=rules.collect.output.scores,
        manifest=f"{RUN}/run.json",
    output:
        pdf=f"{RUN}/figures/umap_{{dataset}}_{{variant}}.pdf",
        png=report(
            f"{RUN}/figures/umap_{{dataset}}_{{variant}}.png",
            caption="../report/umap.rst",
            category="Embeddings",
            subcategory="{dataset}",
        ),
    log:
        f"{RUN}/logs/figures/umap_{{dataset}}_{{variant}}.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/figures/umap_panels.py"),
    script:
        "../scripts/figures/umap_panels.py"
