"""Find what the modules of a package define: a new task, metric or figure is one new file."""

import importlib
import re
from pathlib import Path


def defined(package: str, name: str) -> dict:
    """Return what each module of a package defines under a name.

    ``name`` is a variable at the top level of a module; modules without it are not imported.

    Returns
    -------
    dict
        The values by the modules' names, in alphabetical order.
    """
    folder = Path(importlib.import_module(package).__file__).parent
    assignment = re.compile(rf"^{name}\b.*=", re.MULTILINE)
    return {
        file.stem: getattr(importlib.import_module(f"{package}.{file.stem}"), name)
        for file in sorted(folder.glob("*.py"))
        if assignment.search(file.read_text(encoding="utf-8"))
    }
