# One rule per figure; each reads tidy tables and the manifest, nothing else.
from clear.benchmark.vocabulary import suffix

RECIPES = PLAN.config["recipes"]


rule qc_figure:
    input:
        quality=rules.qc.output,
        prepared=[f"{RUN}/data/{{dataset}}/{recipe}/none" for recipe in RECIPES],
    output:
        pdf=f"{RUN}/figures/qc_{{dataset}}.pdf",
        png=report(
            f"{RUN}/figures/qc_{{dataset}}.png",
            caption="../report/qc.rst",
            category="Quality control",
            subcategory="{dataset}",
        ),
    log:
        f"{RUN}/logs/figures/qc_{{dataset}}.log",
    conda:
        "../envs/main.yaml"
    params:
        card=FLOW.quality_card,
        sources=FLOW.sources("scripts/figures/qc.py"),
    script:
        "../scripts/figures/qc.py"


rule fig2a:
    input:
        scores=rules.collect.output.scores,
        manifest=f"{RUN}/run.json",
    output:
        pdf=f"{RUN}/figures/fig2a{{suffix}}.pdf",
        png=report(
            f"{RUN}/figures/fig2a{{suffix}}.png",
            caption="../report/fig2a.rst",
            category="Clustering",
        ),
    log:
        f"{RUN}/logs/figures/fig2a{{suffix}}.log",
    wildcard_constraints:
        # In brackets, since an empty pattern, the standard recipe's, would stand for any text.
        suffix=f"({'|'.join(map(suffix, RECIPES))})",
    conda:
        "../envs/main.yaml"
    params:
        recipe=lambda wildcards: wildcards.suffix.removeprefix("_") or "standard",
        sources=FLOW.sources("scripts/figures/fig2a.py"),
    script:
        "../scripts/figures/fig2a.py"


rule umap_panels:
    input:
        umap=f"{RUN}/projections/{{dataset}}/{{recipe}}/none/umap.tsv",
        scores=rules.collect.output.scores,
        manifest=f"{RUN}/run.json",
    output:
        pdf=f"{RUN}/figures/umap_{{dataset}}_{{recipe}}.pdf",
        png=report(
            f"{RUN}/figures/umap_{{dataset}}_{{recipe}}.png",
            caption="../report/umap.rst",
            category="Embeddings",
            subcategory="{dataset}",
        ),
    log:
        f"{RUN}/logs/figures/umap_{{dataset}}_{{recipe}}.log",
    conda:
        "../envs/main.yaml"
    params:
        sources=FLOW.sources("scripts/figures/umap_panels.py"),
    script:
        "../scripts/figures/umap_panels.py"
