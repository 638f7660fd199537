"""Judge the paper's claims by the scores of a run."""

from pathlib import Path

from clear.benchmark.claims.claim import read_claims
from clear.benchmark.claims.evaluate import claim_tables
from clear.benchmark.logs import logged
from clear.benchmark.tsv import read_table, write_table

with logged(snakemake.log[0]):
    claims, same_cells = read_claims(Path(snakemake.input.claims), Path(snakemake.input.schema))
    scores, params = read_table(Path(snakemake.input.scores)), snakemake.params
    tables = claim_tables(
        claims,
        same_cells,
        scores,
        params.datasets,
        params.seeds,
        set(params.fixed),
        params.quick,
    )
    for table, path in zip(tables, snakemake.output, strict=True):
        write_table(table, Path(path))
