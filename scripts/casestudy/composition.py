"""Compare the shares of types in donors of the statuses of a case study."""

from pathlib import Path

from clear.benchmark.casestudy.composition import shares, tests
from clear.benchmark.casestudy.declared import UNSURE, read_markers
from clear.benchmark.logs import logged
from clear.benchmark.methods.outputs import read_truth
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    types = read_table(Path(snakemake.input.types))
    # without types there may be no truth either
    truth = read_truth(Path(snakemake.input.data) / "truth.tsv") if len(types) else None
    table = shares(types, truth, [*read_markers(Path(snakemake.input.markers)), UNSURE])
    write_table(table, Path(snakemake.output.shares))
    write_table(tests(table, snakemake.params.statuses), Path(snakemake.output.tests))
