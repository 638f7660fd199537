"""The command line: ``clear-sc embed`` and ``clear-sc cluster``, and what other packages add."""

import argparse
import logging
import sys
from importlib.metadata import entry_points
from pathlib import Path

import clear
from clear.errors import ClearError

log = logging.getLogger("clear")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status (2 for an error that the user can fix)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="clear-sc: %(message)s", level=logging.WARNING)
    log.setLevel(logging.WARNING if options.quiet else logging.INFO)
    try:
        options.run(options)
    except ClearError as error:
        print(f"clear-sc: error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clear-sc", description=clear.__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"clear-sc {clear.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run, summary: str, description: str, input_help: str | None = None
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=description)
        made.add_argument("input", metavar="IN.h5ad", type=Path, help=input_help)
        made.add_argument("output", metavar="OUT.h5ad", type=Path, help="may be IN.h5ad")
        made.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
        made.add_argument("--quiet", action="store_true", help="show warnings and errors only")
        made.set_defaults(run=run)
        return made

    embed = command(
        "embed",
        _embed,
        "train on an .h5ad and write it with the embedding",
        "Train CLEAR on IN.h5ad and write a copy with obsm['X_clear'] and uns['clear'] to "
        "OUT.h5ad. X must be log-normalised unless --counts is given. Uses the genes marked in "
        "var['highly_variable'], or without that column the most variable ones.",
        "or an h5 file or folder of 10x Genomics, which holds counts",
    )
    embed.add_argument(
        "--preset", default="recommended", help="settings to use (default: recommended)"
    )
    embed.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
    embed.add_argument(
        "--precision",
        default="auto",
        help="precision of matrix products in training: fp32, bf16 or auto (default), which is "
        "bf16 where the processor has fast instructions for it",
    )
    embed.add_argument("--layer", help="layer to train on (default: X)")
    embed.add_argument(
        "--counts",
        action="store_true",
        default=None,
        help="X (or --layer) holds raw counts: normalise them (10,000 per cell, log1p) for the "
        "model only; implied by --layer counts",
    )
    embed.add_argument(
        "--use-raw",
        action=argparse.BooleanOptionalAction,
        help="train on raw instead of X; has to be said where X is scaled and there is a raw",
    )
    embed.add_argument(
        "--epochs",
        type=int,
        help="passes over all cells (default: the preset's); small datasets get more",
    )
    embed.add_argument(
        "--n-top-genes",
        metavar="N",
        type=_number_or_all,
        default=2000,
        help="if no genes are marked, use the N most variable ones, or all (default: 2000)",
    )
    embed.add_argument(
        "--batch-key",
        metavar="NAME",
        help="column of obs that names the batch of each cell, to bring together cells of a type "
        "from different batches (default: none)",
    )
    embed.add_argument(
        "--checkpoint", metavar="DIR", type=Path, help="folder for the state of the training"
    )
    embed.add_argument(
        "--checkpoint-seconds",
        metavar="S",
        type=float,
        default=60.0,
        help="seconds between two checkpoints (default: 60; 0: after each epoch)",
    )
    embed.add_argument(
        "--resume",
        action="store_true",
        help="resume from the state in --checkpoint, or start if there is none yet",
    )

    cluster = command(
        "cluster",
        _cluster,
        "cluster the cells of an .h5ad by their embedding",
        "Write a copy of IN.h5ad with clusters in obs[KEY] to OUT.h5ad: k-means if the number of "
        "clusters is given, else Leiden on the graph of 15 nearest neighbours.",
    )
    how = cluster.add_mutually_exclusive_group()
    how.add_argument("--n-clusters", metavar="K", type=int, help="k-means with K clusters")
    how.add_argument(
        "--resolution", metavar="R", type=float, default=1.0, help="Leiden's (default: 1)"
    )
    cluster.add_argument(
        "--use-rep", metavar="NAME", default="X_clear", help="cluster obsm[NAME] (default: X_clear)"
    )
    cluster.add_argument("--key", default="clear", help="write obs[KEY] (default: clear)")

    # Entry points, so that the core need not import the benchmark, which adds ``score``.
    for point in entry_points(group="clear.commands"):
        point.load()(commands)
    return parser


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


# These imports take seconds, so they are in the functions: --version and --help need none.


def _embed(options: argparse.Namespace) -> None:
    """Run ``clear-sc embed``."""
    from clear import CLEAR
    from clear.files.h5ad import identity, open_expression, real_output, write_copy
    from clear.files.tenx import is_tenx
    from clear.model.parallel import is_first

    if not is_first():  # of the processes that torchrun started
        log.setLevel(logging.ERROR)
    output = real_output(options.output)
    before = identity(options.input)
    adata = open_expression(options.input, obs=options.batch_key is not None)
    model = CLEAR(
        preset=options.preset,
        seed=options.seed,
        device=options.device,
        epochs=options.epochs,
        precision=options.precision,
        n_top_genes=options.n_top_genes,
        batch_key=options.batch_key,
        verbose=not options.quiet,
    )
    model.fit(
        adata,
        layer=options.layer,
        counts=options.counts or is_tenx(options.input) or None,
        use_raw=options.use_raw,
        checkpoint=options.checkpoint,
        resume=options.resume,
        checkpoint_seconds=options.checkpoint_seconds,
    )
    if not is_first():
        return
    model.transform(adata)
    added = {"obsm/X_clear": adata.obsm["X_clear"], "uns/clear": adata.uns["clear"]}
    write_copy(options.input, before, output, added)
    cells, dimensions = adata.obsm["X_clear"].shape
    log.info("%s: obsm['X_clear'], %d cells x %d.", options.output, cells, dimensions)


def _cluster(options: argparse.Namespace) -> None:
    """Run ``clear-sc cluster``."""
    from clear.clusters import clusters
    from clear.files.h5ad import identity, open_h5ad, real_output, write_copy

    output = real_output(options.output)
    before = identity(options.input)
    adata = open_h5ad(options.input)
    if options.use_rep not in adata.obsm:
        there = ", ".join(adata.obsm) or "nothing"
        raise ClearError(
            f"There is no obsm[{options.use_rep!r}] in {options.input} (there: {there}); run "
            "clear-sc embed first, or choose another with --use-rep."
        )
    labels, record = clusters(
        adata.obsm[options.use_rep], options.n_clusters, options.resolution, options.seed
    )
    record["use_rep"] = options.use_rep
    added = {f"obs/{options.key}": labels, f"uns/{options.key}_clusters": record}
    write_copy(options.input, before, output, added)
    log.info("%s: obs[%r], %d clusters.", options.output, options.key, len(labels.categories))


if __name__ == "__main__":
    sys.exit(main())
