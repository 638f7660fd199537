"""Write the manifest of a run."""

from clear.benchmark.files import write_json
from clear.benchmark.logs import logged

with logged(snakemake.log[0]):
    write_json(snakemake.output[0], snakemake.params.manifest)
