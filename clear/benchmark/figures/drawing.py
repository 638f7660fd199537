"""Draws one figure and writes down what the page says of it."""

import json
from importlib import import_module
from pathlib import Path

import pandas as pd

from clear.benchmark.figures import style
from clear.benchmark.tsv import read_table
from clear.files.atomic import write_json


def draw(about: dict, files: dict[str, str | list[str]], card: dict | None, png: Path) -> None:
    """Draw a figure as PNG and PDF and write its record, ``.json``, all of one name.

    Parameters
    ----------
    about
        What the page says, see :meth:`clear.benchmark.figures.figure.Figure.about`.
    files
        Path, or paths, of each table that the figure reads.
    card
        What it reads of the card of its dataset, if anything.
    png
        The file to write.
    """
    tables = {
        name: _read(found) if isinstance(found, str) else [_read(path) for path in found]
        for name, found in files.items()
    }
    if card is not None:
        tables["card"] = card
    module = import_module(f"clear.benchmark.figures.{about['id']}")
    pdf = png.with_suffix(".pdf")
    style.save(module.draw(**tables, **about["shows"]), pdf, png)
    write_json(png.with_suffix(".json"), about | {"png": png.name, "pdf": pdf.name})


def _read(path: str) -> pd.DataFrame | dict:
    if path.endswith(".json"):
        return json.loads(Path(path).read_text(encoding="utf-8"))
    return read_table(Path(path))
