"""Make one of the supplement's tables."""

import json
from importlib import import_module
from pathlib import Path

from clear.benchmark.logs import logged
from clear.benchmark.report.tables import write
from clear.benchmark.tsv import read_table

with logged(snakemake.log[0]):
    table = import_module(f"clear.benchmark.tables.{snakemake.params.id}").TABLE
    manifest = json.loads(Path(snakemake.input.manifest).read_text(encoding="utf-8"))
    read = {
        name: manifest if name == "manifest" else read_table(Path(snakemake.input[name]))
        for name in table.reads
    }
    write(table, table.make(**read), manifest, Path(snakemake.output.tsv))
