"""The command ``clear-sc score``, which the command line of ``clear`` finds as an entry point.

The group of entry points is ``clear.commands`` (pyproject.toml): the core does not import the
benchmark.
"""

import argparse
import logging
from pathlib import Path

from clear.errors import ClearError

log = logging.getLogger("clear")


def add(commands) -> None:
    """Add the command to the subparsers of ``clear-sc``."""
    command = commands.add_parser(
        "score",
        help="score an embedding of your own as the benchmark does",
        description="Cluster the cells of MINE.h5ad by obsm[KEY] and compare the clusters with "
        "obs[COLUMN], with the tracks and metrics of the benchmark; with --against, also with the "
        "methods of a finished run of the workflow.",
    )
    command.add_argument("input", metavar="MINE.h5ad", type=Path)
    command.add_argument("--obsm", metavar="KEY", required=True, help="the embedding, in obsm")
    command.add_argument(
        "--label", metavar="COLUMN", required=True, help="the cell types, in obs; cells without "
        "one are left out",
    )  # fmt: skip
    command.add_argument("--batch", metavar="COLUMN", help="the batches, in obs, for tasks on them")
    command.add_argument(
        "--against", metavar="RUN", type=Path, help="folder of a finished run, such as results/demo"
    )
    command.add_argument(
        "--dataset", metavar="ID", help="the run's dataset (default: the one with the same cells)"
    )
    command.add_argument(
        "--output", metavar="FOLDER", type=Path, help="write tables (.tsv) and a page (.html) there"
    )
    command.set_defaults(run=_run, quiet=False)


def _run(options: argparse.Namespace) -> None:
    """Run ``clear-sc score``."""
    if options.dataset and not options.against:
        raise ClearError("--dataset names a dataset of a run: add --against with the run's folder.")
    try:
        # These take seconds, and packages that ``pip install clear-sc`` alone does not bring.
        from clear.benchmark.own_embedding.against import compare, match, read_run
        from clear.benchmark.own_embedding.output import as_text, write
        from clear.benchmark.own_embedding.own import read_own
        from clear.benchmark.own_embedding.score import score_own
        from clear.benchmark.own_embedding.tables import tables
    except ImportError as error:
        raise ClearError(
            f"Scoring needs {error.name or error}, which is not installed: "
            "pip install 'clear-sc[benchmark]'."
        ) from error

    own = read_own(options.input, options.obsm, options.label, options.batch)
    run = read_run(options.against) if options.against else None
    if run:
        own = match(own, run, options.dataset)
    log.info("Scoring %s cells x %s dimensions ...", f"{len(own.values):,}", own.values.shape[1])
    scores = score_own(own, run.n_neighbors if run else None)
    comparison = compare(own, scores, run) if run else None
    shown = tables(scores, comparison)
    print(as_text(own, shown))
    if options.output:
        write(options.output, own, scores, comparison, shown)
        log.info("Written: %s", options.output / "index.html")
