"""Tables of the benchmark as files: separated by tabs, what is missing reads NA."""

from pathlib import Path

import numpy as np
import pandas as pd

from clear.files.atomic import atomic_path

# Never numbers, whatever they look like.
TEXT = ("dataset", "recipe", "perturbation", "method", "task", "track", "metric", "status")
TEXT += ("lost", "tasks", "message", "device", "host", "started", "versions", "source_hash")
TEXT += ("reference", "reason", "left_out")

# Names that came with the data: a cell type may well be called NA or nan.
FROM_DATA = ("cell", "cell_type", "batch", "cluster", "type", "donor", "gene")


def read_table(path: Path) -> pd.DataFrame:
    """Read a table; columns of names and messages are text, what is missing is NaN."""
    columns = pd.read_csv(path, sep="\t", nrows=0).columns
    missing = {name: ["NA"] if name in TEXT else ["", "NA"] for name in columns}
    return pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(TEXT + FROM_DATA, "str"),
        na_values={name: words for name, words in missing.items() if name not in FROM_DATA},
        keep_default_na=False,
    )


def rows_where(table: pd.DataFrame, **values) -> pd.DataFrame:
    """Return the rows of a table that have these values in these columns."""
    return table[np.logical_and.reduce([table[name] == value for name, value in values.items()])]


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table under a temporary name and rename it; numbers get 10 significant digits."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, na_rep="NA", float_format="%.10g")
