"""What else the files and names tell of the cells: tables joined, columns derived."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from clear.errors import ClearError


def annotate(obs: pd.DataFrame, card: dict, folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Join the card's ``annotations`` to the cells, then make the columns under ``derive``.

    A table leaves a column that is there as it is in the cells that the table does not know.

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
        How many cells each table and pattern spoke of.

    Raises
    ------
    ClearError
        A table without its key column or with a key twice; a cell that is not in a table; a
        pattern that fits no cell.
    """
    obs, remarks = obs.copy(), []
    for spec in card.get("annotations") or []:
        table = _table(folder / spec["file"], spec, card["id"])
        keys = obs.index.to_series().astype(str)
        if "match" in spec:
            keys = keys.str.extract(f"(?:{spec['match']})")[0]
        for old, new in (spec.get("replace") or {}).items():
            keys = keys.str.replace(old, new, regex=True)
        known = keys.isin(table.index).to_numpy()
        if not known.all() and spec.get("required", True):
            raise ClearError(
                f"Dataset {card['id']!r}: {int((~known).sum())} of {len(known)} cells are not in "
                f"{spec['file']}, the first is {obs.index[~known][0]!r}; keys there look like "
                f"{table.index[0]!r}. Correct `key` or `match` of the annotation, or say "
                "`required: false`."
            )
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


def _table(path: Path, spec: dict, dataset: str) -> pd.DataFrame:
    """Read a table; its index is the key, as text."""
    if spec.get("format", "table") == "table":
        table = _read_text_table(path, spec.get("separator"))
    else:
        from clear.benchmark.data import geo

        table = {"series_matrix": geo.read_series_matrix, "soft": geo.read_soft}[spec["format"]](
            path
        )
    key = spec.get("key", table.columns[0])
    wanted = spec.get("columns") or {c: c for c in table.columns if c != key}
    missing = [column for column in [key, *wanted.values()] if column not in table]
    if missing:
        raise ClearError(
            f"Dataset {dataset!r}: {path.name} has no column {missing[0]!r}; it has: "
            f"{', '.join(map(str, table.columns))}. Correct `annotations` in the card."
        )
    index = table[key].astype(str).str.strip()
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
    except (OSError, EOFError, ValueError, UnicodeDecodeError) as error:
        raise ClearError(f"{path} cannot be read as a table; is it damaged? {error}") from error
    # R writes the row names without a title of their own: pandas takes them for an index.
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def _derived(obs: pd.DataFrame, name: str, rule: dict, dataset: str) -> pd.Series:
    if rule["from"] != "name" and rule["from"] not in obs:
        raise ClearError(
            f"Dataset {dataset!r}: there is no column {rule['from']!r} to derive {name!r} from; "
            f"the cells have: name, {', '.join(map(str, obs.columns))}."
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
