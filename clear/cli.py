"""The command ``clear``."""

import argparse
import logging
import sys
from pathlib import Path

import clear
from clear.errors import ClearError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status (2 for a mistake of the user's)."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="clear: %(levelname)s: %(message)s", level=logging.WARNING)
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

    embed = commands.add_parser(
        "embed",
        help="train on an .h5ad and write it with the embedding",
        description="Train CLEAR on IN.h5ad and write a copy with obsm['X_clear'] to OUT.h5ad.",
    )
    embed.add_argument("input", metavar="IN.h5ad", type=Path)
    embed.add_argument("output", metavar="OUT.h5ad", type=Path)
    embed.add_argument("--preset", default="paper", help="settings to use (default: paper)")
    embed.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    embed.add_argument("--device", default="auto", help="auto (default), cpu or cuda")
    embed.add_argument(
        "--layer",
        help="'counts': normalise that layer here; default: X, which must be log-normalised",
    )
    embed.add_argument("--epochs", type=int, help="passes over all cells (default: the preset's)")
    embed.set_defaults(run=_embed)
    return parser


def _embed(options: argparse.Namespace) -> None:
    """Run ``clear embed``."""
    if not options.input.is_file():
        raise ClearError(f"There is no file {options.input}.")
    if options.output.is_dir():
        raise ClearError(f"{options.output} is a folder; give the name of a file to write.")

    # Imported here because they take seconds, which --version and --help should not.
    import anndata

    from clear.benchmark.files import atomic_path
    from clear.estimator import CLEAR

    try:
        adata = anndata.read_h5ad(options.input)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ClearError(f"{options.input} cannot be read as an .h5ad file: {error}") from error
    model = CLEAR(
        preset=options.preset, seed=options.seed, device=options.device, epochs=options.epochs
    )
    model.fit_transform(adata, layer=options.layer)
    try:
        with atomic_path(options.output) as temporary:
            adata.write_h5ad(temporary)
    except OSError as error:
        raise ClearError(f"{options.output} cannot be written: {error}") from error
