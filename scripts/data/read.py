"""Read a dataset's files into one canonical AnnData."""

import json
from pathlib import Path

from clear.benchmark.data.fetch.refused import refuse
from clear.benchmark.data.read import read
from clear.benchmark.logs import logged
from clear.benchmark.step import take_step
from clear.errors import ClearError

source, out = Path(snakemake.input[0]), Path(snakemake.output[0])


def make(folder: Path) -> None:
    """Fill the folder of this step."""
    # Blocks that a killed process has read lie outside the folder, and are not read again.
    blocks = out.with_name(".dataset.h5ad.partial")
    made = folder / "dataset.h5ad", folder / "read.json"
    card, checksums = snakemake.params.card, Path(snakemake.params.checksums)
    try:
        read(card, source, *made, blocks, checksums)
    except ClearError as error:
        fetched = json.loads((source / "fetch.json").read_text(encoding="utf-8"))
        note, read_by = out.with_name(".refused.json"), [card, snakemake.params.sources]
        if files := refuse(note, read_by, fetched, str(error)):
            raise ClearError(
                f"{error}\n\nNobody published a checksum of {', '.join(files)}: unless the card "
                "changes, the same command downloads the file again, in case it is not whole."
            ) from error
        raise


with logged(snakemake.log[0]) as screen:
    take_step("read", out, make, before=source, screen=screen)
