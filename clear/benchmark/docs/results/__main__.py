"""Write a section of docs/results-dev.md: ``python -m clear.benchmark.docs.results --help``."""

import argparse
import sys
from pathlib import Path

from clear.benchmark.docs.results.keep import keep
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
parser.add_argument(
    "--keep",
    type=Path,
    metavar="FOLDER",
    help="write into FOLDER/<run> what the tables are made from; give that as a run later",
)
parser.add_argument("--revision", help="of the code that ran, as the page is to name it")
given = parser.parse_args()
try:
    write_section(given.page, given.section, given.runs, given.revision)
    for run in given.runs if given.keep else []:
        keep(run, given.keep / run.name)
except ClearError as error:
    sys.exit(str(error))
