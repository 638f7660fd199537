"""Which figures there are: every module of this folder that defines ``FIGURE``.

The rules read ``FIGURE`` from the module's text, so that a run is planned without importing
matplotlib and whatever else the figures draw with.
"""

import ast
from pathlib import Path

from clear.benchmark.figures.figure import Figure
from clear.errors import ClearError

FOLDER = Path(__file__).parent


def find_figures(folder: Path = FOLDER) -> list[Figure]:
    """Return every figure of a folder in the order of the page.

    Raises
    ------
    ClearError
        Naming the module whose ``FIGURE`` cannot be read.
    """
    found = [figure for path in sorted(folder.glob("*.py")) if (figure := _figure(path))]
    return sorted(found, key=lambda figure: (figure.order, figure.id))


def _figure(path: Path) -> Figure | None:
    for node in ast.parse(path.read_text(encoding="utf-8"), path).body:
        names = [ast.unparse(target) for target in getattr(node, "targets", [])]
        if names == ["FIGURE"]:
            try:
                said = {word.arg: ast.literal_eval(word.value) for word in node.value.keywords}
                figure = Figure(**said)
            except (AttributeError, TypeError, ValueError) as error:
                raise ClearError(
                    f"{path}: FIGURE must be Figure(...) with all of its settings by name and as "
                    f"plain values: {error}."
                ) from error
            except ClearError as error:
                raise ClearError(f"{path}: FIGURE: {error}") from error
            if figure.id != path.stem:
                raise ClearError(f"{path}: FIGURE: id must be '{path.stem}', the module's name.")
            return figure
    return None
