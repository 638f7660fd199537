"""The benchmark of CLEAR: includes and target rules, nothing else."""

import sys
from os import environ, pathsep
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Not workflow.basedir: workflow/Snakefile or a module may include this file.
ROOT = Path(workflow.current_basedir)
# This process and all that it starts import the package from here, whatever is installed.
sys.path.insert(0, str(ROOT))
environ["PYTHONPATH"] = pathsep.join(
    [str(ROOT), *filter(None, [environ.get("PYTHONPATH")])]
)


configfile: f"{ROOT}/config/config.yaml"


include: "rules/setup.smk"
include: "rules/data.smk"
include: "rules/methods.smk"
include: "rules/tasks.smk"
include: "rules/casestudy.smk"
include: "rules/casestudy_genes.smk"
include: "rules/statistics.smk"
include: "rules/figures.smk"
include: "rules/tables.smk"
include: "rules/claims.smk"
include: "rules/report.smk"


localrules:
    all,
    complete,
    datasets,
    dataset_card_check,
    fetch,
    environment,


rule all:
    default_target: True
    input:
        rules.complete.output,
        rules.page.output,
        rules.collect.output,
        rules.statistics.output,
        rules.ranks.output,
        rules.costs.output,
        STUDY_TABLES,
