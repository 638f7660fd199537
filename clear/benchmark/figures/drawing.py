"""Draws one figure and writes down what the page says of it."""

import json
from importlib import import_module
from pathlib import Path

from matplotlib.figure import Figure

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import IN_FOLDER
from clear.benchmark.record import read_record
from clear.benchmark.tsv import read_table
from clear.files.atomic import write_json


def make(about: dict, files: dict[str, str | list[str]], card: dict | None, png: Path) -> None:
    """Draw a figure as PNG and PDF and write its record, ``.json``, all of one name.

    What it takes is as for :func:`draw`.
    """
    pdf = png.with_suffix(".pdf")
    style.save(draw(about, files, card), pdf, png, remark=about["remark"])
    write_json(png.with_suffix(".json"), about | {"png": png.name, "pdf": pdf.name})


def draw(about: dict, files: dict[str, str | list[str]], card: dict | None) -> Figure:
    """Return a figure, or a picture that says which step of its data failed and why.

    Parameters
    ----------
    about
        What the page says, see :meth:`clear.benchmark.figures.figure.Figure.about`.
    files
        Path, or paths, of each table that the figure reads, or of the folders they are in.
    card
        What it reads of the card of its dataset, if anything.
    """
    tables = {} if card is None else {"card": card}
    for name, found in files.items():
        paths = [Path(path) for path in ([found] if isinstance(found, str) else found)]
        if name in IN_FOLDER:
            for status in map(read_record, paths):
                if status["status"] != "ok":
                    reason = f"{status['step']} failed: {status['message']}"
                    return style.words(f"{about['heading']}: no data", reason)
            paths = [path / IN_FOLDER[name] for path in paths]
        read = [_read(path) for path in paths]
        tables[name] = read[0] if isinstance(found, str) else read
    module = import_module(f"clear.benchmark.figures.{about['id']}")
    return module.draw(**tables, **about["shows"])


def _read(path: Path):
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    return read_table(path)
