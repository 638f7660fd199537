"""Name the types of the clusters of a case study."""

from pathlib import Path

from clear.benchmark.casestudy.annotate import annotate
from clear.benchmark.casestudy.declared import read_given_types, read_markers
from clear.benchmark.casestudy.expression import read_genes
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    clusters = read_table(Path(snakemake.input.clusters))
    given = {}
    if table := snakemake.input.get("types"):
        given = read_given_types(Path(table)).get(snakemake.wildcards.method, {})
    markers = read_markers(Path(snakemake.input.markers))
    data = None
    if len(clusters):
        genes = [gene for of_type in markers.values() for gene in of_type]
        data = read_genes(Path(snakemake.input.data) / "input.h5ad", genes)
    tables = annotate(clusters, data, markers, given)
    for table, path in zip(tables, snakemake.output, strict=True):
        write_table(table, Path(path))
