"""Make one of the supplement's tables."""

import json
from importlib import import_module
from pathlib import Path

import pandas as pd

from clear.benchmark.logs import logged
from clear.benchmark.report.tables import write
from clear.benchmark.tsv import read_table

AXES = ("dataset", "recipe", "method")


def read_all(paths: list[str]) -> pd.DataFrame:
    """Return the tables of all case studies of the run, with what each is of."""
    parts = [
        read_table(Path(path)).assign(**dict(zip(AXES, one, strict=True)))
        for path, one in zip(paths, snakemake.params.studies, strict=True)
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


with logged(snakemake.log[0]):
    table = import_module(f"clear.benchmark.tables.{snakemake.params.id}").TABLE
    manifest = json.loads(Path(snakemake.input.manifest).read_text(encoding="utf-8"))
    read = {"manifest": manifest} if "manifest" in table.reads else {}
    for name in (name for name in table.reads if name != "manifest"):
        given = snakemake.input[name]
        read[name] = read_table(Path(given)) if isinstance(given, str) else read_all(given)
    write(table, table.make(**read), manifest, Path(snakemake.output.tsv))
