"""Ask every address of the dataset cards whether it serves its file."""

from pathlib import Path

from clear.benchmark.data.fetch.check_urls import as_text, check_urls, dead
from clear.benchmark.logs import logged
from clear.errors import ClearError
from clear.files.atomic import write_text

with logged(snakemake.log[0]) as screen:
    table = check_urls(snakemake.params.cards, Path("results/downloads/.hosts"))
    write_text(snakemake.params.table, table.to_csv(sep="\t", index=False))
    print(as_text(table))
    print(as_text(table), file=screen, flush=True)
    if files := dead(table):
        raise ClearError(f"No address serves: {', '.join(files)}. See {snakemake.params.table}.")
