"""The declared lists of genes of a case study: a table with the columns list and gene."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clear.benchmark.settings import CardError
from clear.benchmark.yaml_file import short


@dataclass(frozen=True)
class GeneList:
    """Genes of one list: those that the data have, and those that they lack."""

    genes: list[str]
    missing: list[str]


def read_lists(path: Path) -> dict[str, list[str]]:
    """Return the genes of each list of a file, in its order.

    Raises
    ------
    CardError
        The file cannot be read, has other columns or an empty field, or a gene twice in one list.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, comment="#")
    except (OSError, ValueError) as error:
        raise CardError(f"{short(path)}: the gene lists cannot be read: {error}.") from None
    if list(table.columns) != ["list", "gene"]:
        raise CardError(
            f"{short(path)}: gene lists have the columns list and gene, separated by a tab; "
            f"found: {', '.join(table.columns)}."
        )
    if (table == "").any(axis=None):
        raise CardError(f"{short(path)}: a row of the gene lists has no list or no gene.")
    twice = table[table.duplicated()]
    if len(twice):
        first = twice.iloc[0]
        raise CardError(f"{short(path)}: {first['gene']} is in the list {first['list']} twice.")
    return {name: part["gene"].tolist() for name, part in table.groupby("list", sort=False)}


def lists_in(lists: dict[str, list[str]], genes, path: Path) -> dict[str, GeneList]:
    """Return of each list which genes the data have.

    Raises
    ------
    CardError
        When the data have no gene of a list.
    """
    there = set(genes)
    found = {}
    for name, wanted in lists.items():
        found[name] = GeneList(
            [gene for gene in wanted if gene in there], [g for g in wanted if g not in there]
        )
        if not found[name].genes:
            raise CardError(
                f"{short(path)}: the data have no gene of the list {name} ({', '.join(wanted[:3])}"
                f"{', ...' * (len(wanted) > 3)}): they may be named otherwise, as "
                f"{', '.join(sorted(map(str, there))[:3])}."
            )
    return found
