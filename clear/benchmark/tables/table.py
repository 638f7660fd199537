"""What the workflow and the pages know of a table: its title, caption and content."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from clear.benchmark.discover import defined
from clear.benchmark.figures.figure import STUDY, TABLES
from clear.benchmark.vocabulary import with_remark
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
        not depend on a dataset, or that a case study has for each embedding: then those of all of
        them, one below the other, with the columns dataset, recipe and method.
    make
        Returns the content of the TSV from what the table reads; a column for each name of
        ``sections`` and of ``columns`` or ``row`` and ``column``.
    sections
        Columns whose values have a part of the page each.
    columns
        Columns of the TSV that are those of a part, a row for each row of the TSV.
    shown
        Takes a part of such a table and returns the rows of it that the page shows; ``None``: all.
    row, column
        Without ``columns``, of a TSV with a row per number: columns whose values are the rows of a
        part and its column.
    cell
        Then what the page shows of one row of the TSV.
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
    columns: tuple[str, ...] = ()
    shown: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    row: tuple[str, ...] = ()
    cell: Callable[[dict], str] | None = None
    column: str = "dataset"
    needs: str | None = None
    empty: str = "No run has a score."

    @property
    def module(self) -> str:
        """File of its module, from the root of the repository."""
        return f"clear/benchmark/tables/{self.id}.py"

    @property
    def of_studies(self) -> bool:
        """Whether it reads tables that only case studies have."""
        return any(TABLES[name].startswith(STUDY) for name in self.reads)

    def files(self, run: str, studies: Sequence[tuple]) -> dict[str, str | list[str]]:
        """Return the path of each table that it reads; the rule adds the manifest by itself.

        ``studies`` are dataset, recipe and method of each embedding of a case study.
        """
        axes = ("dataset", "recipe", "method")
        return {
            name: [
                f"{run}/{TABLES[name]}".format(**dict(zip(axes, one, strict=True)))
                for one in studies
            ]
            if TABLES[name].startswith(STUDY)
            else f"{run}/{TABLES[name]}"
            for name in self.reads
            if name != "manifest"
        }

    def about(self, quick: bool) -> dict[str, str]:
        """Return what pages say of it, and whether methods ran with ``quick`` settings."""
        caption = with_remark(self.caption, quick)
        return {"id": self.id, "title": self.title, "caption": caption}


def all_tables(config: dict, studies: Sequence[tuple] = ()) -> list[Table]:
    """Return the tables of a run with these settings and case studies, in the order of their ids.

    Raises
    ------
    ClearError
        When a table's id is not its module's name.
    """
    found = defined("clear.benchmark.tables", "TABLE")
    for name, table in found.items():
        if table.id != name:
            raise ClearError(f"clear/benchmark/tables/{name}.py: the table's id is '{table.id}'.")
    wanted = (table for table in found.values() if table.needs is None or config[table.needs])
    made = [table for table in wanted if studies or not table.of_studies]
    return sorted(made, key=lambda table: _by_number(table.id))


def _by_number(name: str) -> list[str | int]:
    """Return a key that puts s2 before s10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
