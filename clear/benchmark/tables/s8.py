"""Table S8: the types of the clusters of a case study, and by what they were named."""

import pandas as pd

from clear.benchmark.tables.studies import EMPTY, SECTIONS
from clear.benchmark.tables.table import Table

COLUMNS = ("cluster", "cells", "type", "sure", "score", "next", "margin", "by", "markers")
COLUMNS += ("missing",)


def make(annotation: pd.DataFrame) -> pd.DataFrame:
    """Return a row per cluster."""
    return annotation[[*SECTIONS, *COLUMNS]]


TABLE = Table(
    id="s8",
    title="Table S8: types of the clusters",
    caption="The type whose markers a cluster expresses most. Score: mean over the type's markers "
    "of the cluster's mean z-score; margin: how far it is above that of the next type; a type is "
    "sure with a score above 0 and a margin of 0.1. By: the table of markers, or a table of "
    "types that somebody gave. Missing: markers that the data lack.",
    reads=("annotation",),
    make=make,
    sections=SECTIONS,
    columns=COLUMNS,
    empty=EMPTY,
)
