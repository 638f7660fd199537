"""Table S12: the scores of gene lists compared between statuses, over donors."""

import pandas as pd

from clear.benchmark.tables.studies import EMPTY, SECTIONS
from clear.benchmark.tables.table import Table

COLUMNS = ("list", "type", "status", "reference", "donors", "reference_donors", "difference")
COLUMNS += ("low", "high", "p", "q", "least_p", "reason")


def make(score_tests: pd.DataFrame) -> pd.DataFrame:
    """Return a row per list, type and pair of statuses."""
    return score_tests[[*SECTIONS, *COLUMNS]]


TABLE = Table(
    id="s12",
    title="Table S12: scores of gene lists",
    caption="Difference of the scores of donors (Hodges and Lehmann's estimate) with its 95 % "
    "interval, p of the exact rank sum test over donors with ten such cells or more, and q by "
    "Benjamini and Hochberg over the tests of a list. Least p: the least that so many donors can "
    "give.",
    reads=("score_tests",),
    make=make,
    sections=SECTIONS,
    columns=COLUMNS,
    empty=EMPTY,
)
