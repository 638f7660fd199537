"""What the user gets of the scores: text on the terminal, tables as .tsv, a page."""

from pathlib import Path

import jinja2
import pandas as pd

from clear.benchmark import report
from clear.benchmark.own_embedding.own import Own
from clear.benchmark.own_embedding.tables import Shown
from clear.benchmark.statistics.placement import Comparison
from clear.benchmark.tsv import write_table
from clear.files.atomic import write_text


def facts(own: Own) -> list[str]:
    """Return sentences on what was scored, for the reader."""
    cells, dimensions = own.values.shape
    types = own.truth["cell_type"].nunique()
    lines = [f"{own.source}: {cells:,} cells x {dimensions} dimensions, {types} types."]
    return [*lines, *own.remarks]


def as_text(own: Own, shown: list[Shown]) -> str:
    """Return all tables as plain text."""
    blocks = ["\n".join(facts(own))]
    for table in shown:
        rows = [table.columns, *table.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        if table.mine is not None:
            marks = ["> " if i == table.mine + 2 else "  " for i in range(len(lines))]
            lines = [mark + line for mark, line in zip(marks, lines, strict=True)]
        blocks.append("\n".join(filter(None, [table.title, *lines, table.note])))
    return "\n\n".join(blocks)


def write(
    folder: Path,
    own: Own,
    scores: pd.DataFrame,
    comparison: Comparison | None,
    shown: list[Shown],
) -> None:
    """Write ``scores.tsv``, with a run ``places.tsv`` and ``standing.tsv``, and ``index.html``."""
    files = {"scores.tsv": scores}
    if comparison:
        files |= {"places.tsv": comparison.places, "standing.tsv": comparison.standing}
    for name, table in files.items():
        write_table(table, folder / name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = Path(report.__file__).with_name("page.css").read_text(encoding="utf-8")
    page = environment.get_template("page.html.j2").render(
        name=own.name, css=css, facts=facts(own), tables=shown, files=list(files)
    )
    write_text(folder / "index.html", page)
