"""Write down how much the types of a case study express their markers."""

from pathlib import Path

from clear.benchmark.casestudy.declared import read_markers
from clear.benchmark.casestudy.dots import dot_table, first_markers
from clear.benchmark.casestudy.expression import read_genes
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    types, markers = (Path(snakemake.input[name]) for name in ("types", "markers"))
    types, markers, data = read_table(types), read_markers(markers), None
    if len(types):
        data = read_genes(Path(snakemake.input.data) / "input.h5ad", first_markers(markers))
    write_table(dot_table(types, data, markers), Path(snakemake.output[0]))
