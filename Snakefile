"""The benchmark of CLEAR: includes and target rules, nothing else."""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT))


configfile: f"{ROOT}/config/config.yaml"


include: "rules/setup.smk"
include: "rules/data.smk"
include: "rules/methods.smk"
include: "rules/tasks.smk"
include: "rules/statistics.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


localrules:
    all,
    datasets,
    dataset_card_check,


rule all:
    default_target: True
    input:
        f"{RUN}/scores.tsv",
        f"{RUN}/runs.tsv",
        f"{RUN}/report/index.html",


rule datasets:
    input:
        [f"{RUN}/data/{dataset}/qc.tsv" for dataset in PLAN.datasets],
        [f"{RUN}/data/{d}/{r}/{p}/input.h5ad" for d, r, p in PLAN.preparations],
