"""The page of one table: a part for each of its sections, in one file that needs no other."""

from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.tables.table import Table
from clear.benchmark.tsv import write_table
from clear.benchmark.vocabulary import STANDARD, TRACKS, method_order, title, with_recipe
from clear.files.atomic import write_json, write_text

HERE = Path(__file__).parent


def write(table: Table, rows: pd.DataFrame, manifest: dict, tsv: Path) -> None:
    """Write a table as TSV, as HTML, and what the run's page says of it, ``.json``.

    Parameters
    ----------
    table
        Which one.
    rows
        Its content.
    manifest
        The content of ``run.json``: titles and order of methods and datasets.
    tsv
        The TSV; the other files lie beside it.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    config, html = manifest["config"], tsv.with_suffix(".html")
    about = table.about(config["quick"])
    page = environment.get_template("table.html.j2").render(
        css=(HERE / "page.css").read_text(encoding="utf-8"),
        table=table,
        empty=table.empty,
        run=config["run"],
        quick=config["quick"],
        tsv=tsv.name,
        heads=[_heading(name) for name in (table.columns[:1] or table.row)],
        parts=parts(table, rows, manifest),
    )
    write_table(rows, tsv)
    write_text(html, page)
    write_json(tsv.with_suffix(".json"), about | {"tsv": tsv.name, "html": html.name})


def parts(table: Table, rows: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return the parts of a table's page: ``heading``, ``columns`` and ``rows`` of texts.

    Methods and datasets are in the order of the manifest, all other rows as they come. A recipe
    is named where it is not the standard one.
    """
    found = []
    for values, part in rows.groupby(list(table.sections), sort=False):
        about = dict(zip(table.sections, values, strict=True))
        recipe = about.pop("recipe", STANDARD)
        heading = ", ".join(_words(name, value, manifest) for name, value in about.items())
        about = {"heading": with_recipe(heading[0].upper() + heading[1:], recipe)}
        content = _as_it_is if table.columns else _crossed
        found.append(about | content(table, part, manifest))
    return found


def _as_it_is(table: Table, part: pd.DataFrame, manifest: dict) -> dict:
    """Return rows of the TSV as rows of the page."""
    shown = (part if table.shown is None else table.shown(part))[list(table.columns)]
    rows = [[as_text(value) for value in row] for row in shown.itertuples(index=False, name=None)]
    heads = [_heading(name) for name in table.columns[1:]]
    return {"columns": heads, "rows": [{"heads": row[:1], "cells": row[1:]} for row in rows]}


def as_text(value) -> str:
    """Return a value as people read it: three digits of a number, nothing for what is missing."""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if pd.isna(value):
        return ""
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text.replace("-", "\N{MINUS SIGN}") if isinstance(value, int | float) else text


def _crossed(table: Table, part: pd.DataFrame, manifest: dict) -> dict:
    """Return a row for each value of ``table.row`` and a column for each of ``table.column``."""
    keys = _in_order(part[list(table.row)].drop_duplicates(), manifest)
    columns = [name for (name,) in _in_order(part[[table.column]].drop_duplicates(), manifest)]
    cells = {
        (*(row[name] for name in table.row), row[table.column]): table.cell(row)
        for row in part.to_dict("records")
    }
    lines = [
        {
            "heads": [_words(*head, manifest) for head in zip(table.row, key, strict=True)],
            "cells": [cells.get((*key, column), "") for column in columns],
        }
        for key in keys
    ]
    return {"rows": lines, "columns": [_words(table.column, c, manifest) for c in columns]}


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _in_order(keys: pd.DataFrame, manifest: dict) -> list[tuple]:
    orders = {"dataset": [ALL, *manifest["datasets"]], "method": method_order(manifest)}
    for name in [name for name in keys.columns if name in orders]:
        keys = keys.sort_values(
            name, key=lambda column, name=name: column.map(orders[name].index), kind="stable"
        )
    return list(keys.itertuples(index=False, name=None))


def _words(name: str, value, manifest: dict) -> str:
    """Return a value of a column as people read it."""
    if value == ALL:
        return "Mean"
    if name in ("method", "dataset"):
        return title(manifest[f"{name}s"], value)
    if name == "metric":
        return all_metrics()[value].title
    return TRACKS[value] if name == "track" else str(value)
