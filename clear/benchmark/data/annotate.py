"""More columns of the cells: joined from tables, or derived from names."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from clear.benchmark.data.archives.containers import DAMAGED
from clear.benchmark.data.readers.text import no_utf8
from clear.errors import ClearError


def annotate(obs: pd.DataFrame, card: dict, folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Join the card's ``annotations`` to the cells, then make the columns under ``derive``.

    Cells that a table does not list keep what an existing column says of them.

    Parameters
    ----------
    obs
        Columns of the cells as the reader found them; the index holds their names.
    card
        The dataset card, as the source that was used has it.
    folder
        The fetched files.

    Returns
    -------
    obs : pandas.DataFrame
        The same cells with more columns.
    remarks : list of str
        How many cells each table and each pattern covers.

    Raises
    ------
    ClearError
        A table that is damaged or empty, without its key column or with a key twice; a cell
        that is not in a table, or no cell that is; a pattern that fits no cell.
    """
    obs, remarks = obs.copy(), []
    for spec in card.get("annotations") or []:
        table = _table(folder / spec["file"], spec, card["id"])
        keys = _keys(obs.index, spec)
        known = keys.isin(table.index).to_numpy()
        if not known.any() or (spec.get("required", True) and not known.all()):
            raise ClearError(_unknown(keys[~known], len(keys), table.index[0], spec, card["id"]))
        for column in table:
            values = keys.map(table[column]).to_numpy()
            # Several tables may each know a part of the cells.
            obs[column] = np.where(known, values, obs[column]) if column in obs else values
        remarks.append(
            f"{spec['file']}: {len(table):,} rows, of which {table.index.isin(keys).sum():,} are "
            f"of the {len(obs):,} cells; {int((~known).sum()):,} cells are not in it."
        )
    for name, rule in (card.get("derive") or {}).items():
        obs[name] = _derived(obs, name, rule, card["id"])
        found = int(obs[name].notna().sum())
        remarks.append(f"Column {name}: found by its pattern in {found:,} of {len(obs):,} cells.")
    return obs, remarks


def _keys(cells: pd.Index, spec: dict) -> pd.Series:
    """Return by what each cell is looked up, None where ``match`` finds nothing in its name."""
    pattern = re.compile(spec["match"]) if "match" in spec else None
    replacements = [(re.compile(old), new) for old, new in (spec.get("replace") or {}).items()]

    def key(cell: str) -> str | None:
        found = pattern.search(cell) if pattern else None
        text = found and found[1] if pattern else cell
        for old, new in replacements if text is not None else []:
            text = old.sub(new, text)
        return text

    return pd.Series([key(str(cell)) for cell in cells], index=cells, dtype=object)


def _unknown(unknown: pd.Series, cells: int, example: str, spec: dict, dataset: str) -> str:
    cell, key = unknown.index[0], unknown.iloc[0]
    if key is None:
        how = " (`match` finds nothing in it)"
    else:
        how = f" (looked up as {key!r})" if key != cell else ""
    less = ", or say `required: false`" if len(unknown) < cells else ""
    return (
        f"Dataset {dataset!r}: {len(unknown)} of {cells} cells are not in {spec['file']}, the "
        f"first is {cell!r}{how}; keys there look like {example!r}. Correct `key`, `match` or "
        f"`replace` of the annotation{less}."
    )


def _table(path: Path, spec: dict, dataset: str) -> pd.DataFrame:
    """Read a table; its index is the key, as text. Rows without a key are left out."""
    table = _read_text_table(path, spec.get("separator"))
    key = spec.get("key", table.columns[0])
    wanted = spec.get("columns") or {c: c for c in table.columns if c != key}
    missing = [column for column in [key, *wanted.values()] if column not in table]
    if missing:
        raise ClearError(
            f"Dataset {dataset!r}: {path.name} has no column {missing[0]!r}; it has: "
            f"{', '.join(map(str, table.columns))}. Correct `annotations` in the card."
        )
    index = table[key].astype(str).str.strip()
    table, index = table[index != ""], index[index != ""]
    if index.empty:
        raise ClearError(
            f"Dataset {dataset!r}: {path.name} has no row with a {key!r}. Choose another `key` of "
            "the annotation in the card, or get the file again."
        )
    if index.duplicated().any():
        raise ClearError(
            f"Dataset {dataset!r}: {path.name} has {int(index.duplicated().sum())} rows whose "
            f"{key!r} came before, the first is {index[index.duplicated()].iloc[0]!r}: what it "
            "says of that cell is not clear. Choose another `key` in the card."
        )
    values = {name: table[column].to_numpy() for name, column in wanted.items()}
    return pd.DataFrame(values, index=index.to_numpy())


def _read_text_table(path: Path, separator: str | None) -> pd.DataFrame:
    suffixes = [s for s in path.suffixes if s.lower() not in (".gz", ".bz2", ".xz")]
    comma = bool(suffixes) and suffixes[-1].lower() == ".csv"
    try:
        table = pd.read_csv(
            path, sep=separator or ("," if comma else "\t"), dtype=str, keep_default_na=False
        )
    except UnicodeDecodeError as error:
        raise no_utf8(str(path), error) from error
    except DAMAGED as error:
        raise ClearError(_not_a_table(path, error)) from error
    if str(table.columns[0]).startswith(("!", "^")):  # GEO's series matrix or SOFT
        raise ClearError(_not_a_table(path, f"its first line is {table.columns[0]!r}"))
    # R writes the row names without a title of their own: pandas takes them for an index.
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def _not_a_table(path: Path, reason: object) -> str:
    return (
        f"{path} cannot be read as a table: {reason}. An annotation is a CSV or TSV table, gzipped "
        "or not; export GEO's metadata (series matrix, SOFT) as one. Correct `separator` of the "
        "annotation in the card; if the file is damaged, get it again."
    )


def _derived(obs: pd.DataFrame, name: str, rule: dict, dataset: str) -> pd.Series:
    if rule["from"] != "name" and rule["from"] not in obs:
        raise ClearError(
            f"Dataset {dataset!r}: there is no column {rule['from']!r} to derive {name!r} from; "
            f"the cells have: {', '.join(['name', *map(str, obs.columns)])}."
        )
    source = obs.index.to_series() if rule["from"] == "name" else obs[rule["from"]]
    text = source.astype(object).where(source.notna(), "").astype(str)
    pattern = re.compile(rule["pattern"])
    values = [(found := pattern.search(value)) and found[1] for value in text]
    if not any(values):
        raise ClearError(
            f"Dataset {dataset!r}: the pattern {rule['pattern']!r} of the column {name!r} fits no "
            f"cell; {rule['from']!r} looks like {text.iloc[0]!r}. Correct `derive` in the card."
        )
    return pd.Series(values, index=obs.index, dtype=object)
