"""Write a section of docs/results-dev.md: ``python -m clear.benchmark.docs.results --help``."""

import argparse
import sys
from pathlib import Path

from clear.benchmark.docs.results.page import write_section
from clear.errors import ClearError

parser = argparse.ArgumentParser(
    prog="python -m clear.benchmark.docs.results",
    description="Write tables of finished runs into a page, between the markers of a section.",
)
parser.add_argument("page", type=Path, help="Markdown file, for instance docs/results-dev.md")
parser.add_argument("section", help="name of the section, for instance dev_quick")
parser.add_argument(
    "runs",
    type=Path,
    nargs="+",
    help="results/<run>, or several that are parts of one benchmark, made on different machines",
)
parser.add_argument("--revision", help="of the code that ran, as the page is to name it")
given = parser.parse_args()
try:
    write_section(given.page, given.section, given.runs, given.revision)
except ClearError as error:
    sys.exit(str(error))
