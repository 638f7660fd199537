"""What the workflow and the pages know of a table: its title, caption and content."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from clear.benchmark.discover import defined
from clear.benchmark.figures.figure import TABLES
from clear.errors import ClearError


@dataclass(frozen=True)
class Table:
    """A table, as its module defines it under the name ``TABLE``.

    Attributes
    ----------
    id
        The name of its module, and of its files in ``tables/`` of a run.
    title, caption
        As on its page.
    reads
        What ``make`` takes, by the names of :data:`clear.benchmark.figures.figure.TABLES` that do
        not depend on a dataset.
    make
        Returns the content of the TSV from what the table reads, one row per number; a column for
        each name of ``sections``, ``row`` and ``column``.
    sections
        Columns whose values have a part of the page each.
    row, column
        Columns whose values are the rows of a part and its column.
    cell
        Returns what the page shows of one row of the TSV.
    needs
        A setting of the run without which there is no such table.
    empty
        What its page says where there is no row.
    """

    id: str
    title: str
    caption: str
    reads: tuple[str, ...]
    make: Callable[..., pd.DataFrame]
    sections: tuple[str, ...]
    row: tuple[str, ...]
    cell: Callable[[dict], str]
    column: str = "dataset"
    needs: str | None = None
    empty: str = "No run has a score."

    @property
    def module(self) -> str:
        """File of its module, from the root of the repository."""
        return f"clear/benchmark/tables/{self.id}.py"

    def files(self, run: str) -> dict[str, str]:
        """Return the path of each table that it reads; the rule adds the manifest by itself."""
        return {name: f"{run}/{TABLES[name]}" for name in self.reads if name != "manifest"}

    def about(self) -> dict[str, str]:
        """Return what pages say of it."""
        return {"id": self.id, "title": self.title, "caption": self.caption}


def all_tables(config: dict) -> list[Table]:
    """Return the tables of a run with these settings, in the order of their ids.

    Raises
    ------
    ClearError
        When a table's id is not its module's name.
    """
    found = defined("clear.benchmark.tables", "TABLE")
    for name, table in found.items():
        if table.id != name:
            raise ClearError(f"clear/benchmark/tables/{name}.py: the table's id is '{table.id}'.")
    return [table for table in found.values() if table.needs is None or config[table.needs]]
