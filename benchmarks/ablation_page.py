"""Make docs/presets.md and its figures from an ablation: python benchmarks/ablation_page.py."""

import argparse
import sys
from pathlib import Path

from clear.benchmark.ablation.command import OUT
from clear.benchmark.ablation.report import report
from clear.benchmark.code_hash import ROOT
from clear.errors import ClearError


def main() -> int:
    """Run the command line; return its exit status (2 for a mistake of the user's)."""
    parser = argparse.ArgumentParser(
        description="Write docs/ablation.tsv, docs/presets.md and its figures from the runs that "
        "benchmarks/ablation.py made with the present code."
    )
    parser.add_argument("--results", type=Path, default=OUT, help=f"default: {OUT}")
    options = parser.parse_args()
    try:
        report(options.results, ROOT)
    except ClearError as error:
        print(f"ablation: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
