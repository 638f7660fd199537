"""The command line: ``clear embed`` and ``clear cluster``."""

import argparse
import logging
import sys
from pathlib import Path

import clear
from clear.errors import ClearError

log = logging.getLogger("clear")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status (2 for an error that the user can fix)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="clear: %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    try:
        options.run(options)
    except ClearError as error:
        print(f"clear: error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="clear", description=clear.__doc__.splitlines()[0])
    parser.add_argument("--version", action="version", version=f"clear {clear.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run, summary: str, description: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=description)
        made.add_argument("input", metavar="IN.h5ad", type=Path)
        made.add_argument("output", metavar="OUT.h5ad", type=Path, help="may be IN.h5ad")
        made.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
        made.set_defaults(run=run)
        return made

    embed = command(
        "embed",
        _embed,
        "train on an .h5ad and write it with the embedding",
        "Train CLEAR on IN.h5ad and write a copy with obsm['X_clear'] and uns['clear'] to "
        "OUT.h5ad. X must be log-normalised unless --counts is given. Uses the genes marked in "
        "var['highly_variable'], or without that column all genes, or --n-top-genes of them.",
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
    embed.add_argument("--epochs", type=int, help="passes over all cells (default: the preset's)")
    embed.add_argument(
        "--n-top-genes",
        metavar="N",
        type=int,
        help="if no genes are marked, use the N most variable ones (default: all)",
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
    return parser


# These imports take seconds, so they are in the functions: --version and --help need none.


def _embed(options: argparse.Namespace) -> None:
    """Run ``clear embed``."""
    from clear import CLEAR
    from clear.files.h5ad import check_output, open_expression, write_copy

    check_output(options.output)
    adata = open_expression(options.input)
    model = CLEAR(
        preset=options.preset,
        seed=options.seed,
        device=options.device,
        epochs=options.epochs,
        precision=options.precision,
        n_top_genes=options.n_top_genes,
    )
    model.fit_transform(
        adata,
        layer=options.layer,
        counts=options.counts,
        checkpoint=options.checkpoint,
        resume=options.resume,
        checkpoint_seconds=options.checkpoint_seconds,
    )
    added = {"obsm/X_clear": adata.obsm["X_clear"], "uns/clear": adata.uns["clear"]}
    write_copy(options.input, options.output, added)
    cells, dimensions = adata.obsm["X_clear"].shape
    log.info("%s: obsm['X_clear'], %d cells x %d.", options.output, cells, dimensions)


def _cluster(options: argparse.Namespace) -> None:
    """Run ``clear cluster``."""
    from clear.clusters import clusters
    from clear.files.h5ad import check_output, open_h5ad, write_copy

    check_output(options.output)
    adata = open_h5ad(options.input)
    if options.use_rep not in adata.obsm:
        there = ", ".join(adata.obsm) or "nothing"
        raise ClearError(
            f"There is no obsm[{options.use_rep!r}] in {options.input} (there: {there}); run "
            "clear embed first, or choose another with --use-rep."
        )
    labels, record = clusters(
        adata.obsm[options.use_rep], options.n_clusters, options.resolution, options.seed
    )
    adata.obs[options.key] = labels
    record["use_rep"] = options.use_rep
    added = {"obs": adata.obs, f"uns/{options.key}_clusters": record}
    write_copy(options.input, options.output, added)
    log.info("%s: obs[%r], %d clusters.", options.output, options.key, len(labels.categories))
