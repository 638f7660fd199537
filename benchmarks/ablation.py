"""Train CLEAR with one setting changed at a time: python benchmarks/ablation.py --data FOLDER."""

import argparse
import sys
from functools import partial
from pathlib import Path

from clear.benchmark.ablation.command import OUT, ablate
from clear.benchmark.ablation.plan import DATASETS, plan
from clear.errors import ClearError
from clear.presets import PRESETS


def main() -> int:
    """Run the command line; return its exit status (2 for a mistake of the user's)."""
    parser = argparse.ArgumentParser(
        description="Train CLEAR from the preset released to paper to recommended with one switch "
        "turned at a time, and score each. What is done already is not done again; tables and "
        "figures are made by benchmarks/ablation_page.py."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with <dataset>.h5ad")
    parser.add_argument("--datasets", nargs="+", default=list(DATASETS), metavar="ID")
    parser.add_argument("--seeds", type=int, default=5, help="number of seeds (default: 5)")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side (default: 2)")
    parser.add_argument("--out", type=Path, default=OUT, help=f"default: {OUT}")
    options = parser.parse_args()
    try:
        ablate(plan(PRESETS), **vars(options), say=partial(print, flush=True))
    except ClearError as error:
        print(f"ablation: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":  # also what the processes of the runs import
    sys.exit(main())
