"""Ask every address of the dataset cards whether it serves its file."""

import os
from pathlib import Path

from clear.benchmark.data.fetch.check_urls import as_text, check_urls, dead
from clear.benchmark.logs import logged
from clear.errors import ClearError
from clear.files.atomic import write_text

screen = os.fdopen(os.dup(1), "w")  # the table is for who looks on, not only for the log
with logged(snakemake.log[0]):
    table = check_urls(snakemake.params.cards, Path("results/downloads/.hosts"))
    write_text(snakemake.params.table, table.to_csv(sep="\t", index=False))
    print(as_text(table))
    print(as_text(table), file=screen, flush=True)
    if files := dead(table):
        raise ClearError(f"No address serves: {', '.join(files)}. See {snakemake.params.table}.")
