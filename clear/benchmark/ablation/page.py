"""The generated parts of docs/presets.md, from the presets and the table of runs."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from clear.benchmark.ablation.plan import ANCHORS, plan
from clear.benchmark.ablation.settings import settings_table
from clear.benchmark.ablation.tables import ablation_tables
from clear.errors import ClearError
from clear.presets import Preset

PAGE, TABLE = "docs/presets.md", "docs/ablation.tsv"


def presets_page(root: Path, presets: Mapping[str, Preset]) -> str:
    """Return docs/presets.md with its generated parts made anew; the prose stays.

    Parameters
    ----------
    root
        The repository.
    presets
        Presets by name.

    Raises
    ------
    ClearError
        When the page lacks the markers of a part.
    """
    table = pd.read_csv(root / TABLE, sep="\t", keep_default_na=False, na_values=["NA"])
    text = (root / PAGE).read_text(encoding="utf-8")
    shown_presets = [presets[name] for name in ANCHORS if name in presets]
    parts = {
        "settings": settings_table(shown_presets),
        "ablation": ablation_tables(table, plan(presets)),
    }
    for name, part in parts.items():
        begin, end = f"<!-- {name}: made by `make docs` -->\n", f"<!-- end of {name} -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ClearError(f"{PAGE} must have {begin.strip()} and {end.strip()} once each.")
        before, after = text.split(begin)[0], text.split(end)[1]
        text = before + begin + part + end + after
    return text
