"""Write the manifest of a run."""

from clear.benchmark.logs import logged
from clear.files.atomic import write_json

with logged(snakemake.log[0]):
    write_json(snakemake.output[0], snakemake.params.manifest)
