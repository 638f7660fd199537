"""The tables that a case study declares: markers of types, and types given to clusters by hand."""

import csv
from pathlib import Path

from clear.benchmark.casestudy.gene_lists import read_lists
from clear.benchmark.casestudy.gene_sets import read_gmt
from clear.benchmark.settings import CardError, nearest
from clear.benchmark.yaml_file import short

MARKERS, TYPES = ("type", "gene"), ("method", "cluster", "type")
UNSURE = "unsure"  # the type, in figures and shares, of cells whose cluster's type is not sure


def read_markers(path: Path) -> dict[str, list[str]]:
    """Return the genes of each type of a marker table, in its order.

    Raises
    ------
    CardError
        The table cannot be read, has other columns, has less than two types, or a gene twice
        for one type; two types have the same genes, or names that differ in capitals only.
    """
    found, spelt = {}, {}
    for line, (kind, gene) in _rows(path, MARKERS):
        if kind == UNSURE:
            raise CardError(f"{short(path)}: line {line}: no type may be called '{UNSURE}'.")
        if (other := spelt.setdefault(kind.lower(), kind)) != kind:
            raise CardError(f"{short(path)}: line {line}: '{kind}' is '{other}' further up.")
        genes = found.setdefault(kind, [])
        if gene in genes:
            raise CardError(f"{short(path)}: line {line}: '{gene}' is there twice for '{kind}'.")
        genes.append(gene)
    if len(found) < 2:
        raise CardError(f"{short(path)}: types are told apart by markers of two types or more.")
    named = {}
    for kind, genes in found.items():
        if (other := named.setdefault(frozenset(genes), kind)) != kind:
            raise CardError(
                f"{short(path)}: '{other}' and '{kind}' have the same genes, which cannot tell "
                "them apart."
            )
    return found


def read_given_types(path: Path) -> dict[str, dict[str, str]]:
    """Return the types that somebody gave to clusters: for each method a type by cluster.

    Raises
    ------
    CardError
        The table cannot be read, has other columns, or a cluster of a method twice.
    """
    found = {}
    for line, (method, cluster, kind) in _rows(path, TYPES):
        of_method = found.setdefault(method, {})
        if cluster in of_method:
            raise CardError(f"{short(path)}: line {line}: cluster {cluster} of {method} again.")
        of_method[cluster] = kind
    return found


def table_of(card: dict, key: str) -> Path:
    """Return the path of a table that a card names, from the folder that holds its folder."""
    return card["_file"].parents[1] / Path(card[key]).expanduser()


def check_tables(card: dict) -> None:
    """Refuse a card of a case study whose tables cannot be used.

    Raises
    ------
    CardError
        Naming the table, or the status or type that is not one of the card's.
    """
    statuses = card.get("statuses") or []
    for value, name in (card.get("status_values") or {}).items():
        if name not in statuses:
            raise CardError(
                f"{short(card['_file'])}: status_values.{value}: '{name}' is not one of "
                f"`statuses`, which are {', '.join(statuses)}."
            )
    if card.get("markers"):
        known = read_markers(table_of(card, "markers"))
        for kind in card.get("focus") or []:
            if kind not in known:
                raise CardError(
                    f"{short(card['_file'])}: focus: '{kind}' is no type of the marker table."
                    f"{nearest(kind, known)}"
                )
    if card.get("gene_lists"):
        read_lists(table_of(card, "gene_lists"))
    if card.get("gmt"):
        read_gmt(table_of(card, "gmt"))
    if card.get("types"):
        read_given_types(table_of(card, "types"))


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """Return the rows of a table that has these columns, with the numbers of their lines."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", restkey="more")
            table, names = [(reader.line_num, row) for row in reader], reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CardError(f"{short(path)} cannot be read: {error}.") from None
    wanted = ", ".join(columns)
    if not table or sorted(names) != sorted(columns):
        raise CardError(
            f"{short(path)}: a table with the columns {wanted} is needed (tabs); this one has "
            f"{', '.join(names) or 'none'}{'' if table else ', and no row'}."
        )
    rows = []
    for line, row in table:
        if "more" in row:  # as where a line lists all genes of a type
            raise CardError(
                f"{short(path)}: line {line}: more fields than the columns {wanted}; one of each "
                "a line."
            )
        values = [(row[name] or "").strip() for name in columns]
        if not all(values):
            raise CardError(f"{short(path)}: line {line}: one of {wanted} is empty.")
        rows.append((line, values))
    return rows
