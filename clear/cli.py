"""The command ``clear``."""

import argparse
import logging
import sys
from pathlib import Path

import clear
from clear.errors import ClearError

log = logging.getLogger("clear")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status (2 for a mistake of the user's)."""
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
        "OUT.h5ad. X must be log-normalised, or give --counts. Genes marked in "
        "var['highly_variable'] are used; where none are marked, all or --n-top-genes of them.",
    )
    embed.add_argument(
        "--preset", default="recommended", help="settings to use (default: recommended)"
    )
    embed.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
    embed.add_argument(
        "--precision",
        default="auto",
        help="of matrix products in the training: fp32, bf16 or auto (default), bf16 where the "
        "processor is fast at it",
    )
    embed.add_argument("--layer", help="layer to train on (default: X)")
    embed.add_argument(
        "--counts",
        action="store_true",
        default=None,
        help="X (or --layer) holds raw counts: normalise them (10,000 per cell, log1p), for the "
        "model only; understood for a layer called counts",
    )
    embed.add_argument("--epochs", type=int, help="passes over all cells (default: the preset's)")
    embed.add_argument(
        "--n-top-genes",
        metavar="N",
        type=int,
        help="where no genes are marked, use the N most variable ones (default: all)",
    )
    embed.add_argument(
        "--checkpoint", metavar="DIR", type=Path, help="keep the state of the training here"
    )
    embed.add_argument(
        "--checkpoint-seconds",
        metavar="S",
        type=float,
        default=60.0,
        help="time between two states (default: 60; 0: after each epoch)",
    )
    embed.add_argument(
        "--resume",
        action="store_true",
        help="go on from the state in --checkpoint; from the start where there is none yet",
    )

    cluster = command(
        "cluster",
        _cluster,
        "cluster the cells of an .h5ad by their embedding",
        "Write a copy of IN.h5ad with clusters in obs[KEY] to OUT.h5ad: k-means where the number "
        "of clusters is given, else Leiden on the graph of 15 nearest neighbours.",
    )
    how = cluster.add_mutually_exclusive_group()
    how.add_argument("--n-clusters", metavar="K", type=int, help="k-means with K clusters")
    how.add_argument(
        "--resolution", metavar="R", type=float, default=1.0, help="of Leiden (default: 1)"
    )
    cluster.add_argument(
        "--use-rep", metavar="NAME", default="X_clear", help="obsm[NAME] (default: X_clear)"
    )
    cluster.add_argument("--key", default="clear", help="obs[KEY] to write (default: clear)")
    return parser


# The imports in the functions take seconds, which --version and --help should not.


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
            "clear embed first, or name another with --use-rep."
        )
    labels, record = clusters(
        adata.obsm[options.use_rep], options.n_clusters, options.resolution, options.seed
    )
    adata.obs[options.key] = labels
    record["use_rep"] = options.use_rep
    added = {"obs": adata.obs, f"uns/{options.key}_clusters": record}
    write_copy(options.input, options.output, added)
    log.info("%s: obs[%r], %d clusters.", options.output, options.key, len(labels.categories))
