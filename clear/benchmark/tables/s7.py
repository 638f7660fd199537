"""Table S7: the donors of a case study."""

import pandas as pd

from clear.benchmark.tables.studies import EMPTY
from clear.benchmark.tables.table import Table

COLUMNS = ("donor", "status", "cells")


def make(composition: pd.DataFrame, manifest: dict) -> pd.DataFrame:
    """Return a row per donor; their cells are the same for every embedding."""
    donors = composition.drop_duplicates(["dataset", "recipe", "donor"])
    cards = manifest["datasets"]
    place = [
        cards[name]["statuses"].index(status)
        for name, status in zip(donors["dataset"], donors["status"], strict=True)
    ]
    donors = donors.assign(cells=donors["total"], place=place)
    order = ["recipe", "dataset", "place", "donor"]
    return donors.sort_values(order, ignore_index=True)[["recipe", "dataset", *COLUMNS]]


TABLE = Table(
    id="s7",
    title="Table S7: donors of the case studies",
    caption="Status of each donor, or sample where a donor gave several, and the cells that pass "
    "the filters.",
    reads=("composition", "manifest"),
    make=make,
    sections=("recipe", "dataset"),
    columns=COLUMNS,
    empty=EMPTY,
)
