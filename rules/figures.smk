# One rule per figure, figure_<id>, made from what its module says; one script for all of them.
from functools import partial

from clear.benchmark.figures.registry import find_figures

FIGURES = []

for figure in find_figures():
    FIGURES += [f"{RUN}/figures/{figure.name.format(**it)}" for it in figure.all(PLAN)]

    rule:
        name:
            f"figure_{figure.id}"
        input:
            unpack(partial(figure.files, run=RUN, plan=PLAN)),
        output:
            png=report(
                f"{RUN}/figures/{figure.name}.png",
                caption="../report/figure.rst",
                category=figure.category,
                labels=lambda wildcards, params: {"figure": params.about["heading"]},
            ),
            pdf=f"{RUN}/figures/{figure.name}.pdf",
            record=f"{RUN}/figures/{figure.name}.json",
        log:
            f"{RUN}/logs/figures/{figure.name}.log",
        localrule: "dataset" not in figure.per
        conda:
            "../envs/main.yaml"
        params:
            about=partial(
                figure.about,
                datasets=PLAN.datasets,
                methods=PLAN.methods,
                quick=PLAN.config["quick"],
            ),
            card=partial(figure.card, datasets=PLAN.datasets),
            sources=FLOW.sources("scripts/figures/draw.py", figure.module),
        script:
            "../scripts/figures/draw.py"
