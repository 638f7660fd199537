"""Gene sets of a GMT file: a line per set with its name, a description and its genes, by tabs."""

from pathlib import Path

from clear.benchmark.settings import CardError
from clear.benchmark.yaml_file import short


def read_gmt(path: Path) -> dict[str, list[str]]:
    """Return the genes of each set.

    Raises
    ------
    CardError
        The file cannot be read, holds no set, a line is not GMT, or a set is there twice.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{short(path)}: the gene sets cannot be read: {error}.") from None
    sets = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, *rest = (field.strip() for field in line.split("\t"))
        genes = list(dict.fromkeys(filter(None, rest[1:])))
        if not name or not genes:
            raise CardError(
                f"{short(path)}: line {number} is not of a GMT file: it needs a name, a "
                "description (may be empty) and genes, separated by tabs."
            )
        if name in sets:
            raise CardError(f"{short(path)}: line {number}: the set {name} is there twice.")
        sets[name] = genes
    if not sets:
        raise CardError(f"{short(path)}: the file has no gene set.")
    return sets


def check_symbols(sets: dict[str, list[str]], genes, path: Path) -> None:
    """Refuse gene sets that name no gene of the data.

    Raises
    ------
    CardError
        Showing what both call their genes.
    """
    named = {gene for members in sets.values() for gene in members}
    there = set(map(str, genes))
    if not named & there:
        theirs, ours = (", ".join(sorted(names)[:3]) for names in (named, there))
        raise CardError(
            f"{short(path)}: no gene of its sets is in the data: they are named like {theirs}, "
            f"those of the data like {ours}. "
            "Take a GMT file with the symbols, organism and release of the data."
        )
