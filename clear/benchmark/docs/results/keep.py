"""Keep what tables of a finished run are made from, small enough to lie in a repository."""

import gzip
import io
import json
from pathlib import Path

import pandas as pd

from clear.benchmark.docs.results.combine import manifest_of, table_of
from clear.benchmark.tasks.registry import without_curves
from clear.benchmark.vocabulary import NONE, STANDARD
from clear.files.atomic import atomic_path, write_text

KEYS = ("config", "datasets", "methods", "tasks")
ELSEWHERE = ("mirror", "extra_cards")  # settings that name a folder of the machine


def keep(folder: Path, to: Path) -> None:
    """Write manifest, runs and scores of a finished run into a folder that can stand for it.

    Of the scores those without perturbation, in the recipe ``standard``, and no points of curves:
    what the tables of :func:`clear.benchmark.docs.results.page.write_section` show. The same run
    gives the same bytes.

    Parameters
    ----------
    folder
        ``results/<run>``.
    to
        Gets ``run.json``, ``runs.tsv.gz`` and ``scores.tsv.gz``.

    Raises
    ------
    ClearError
        When the run is not finished.
    """
    manifest = {key: value for key, value in manifest_of(folder).items() if key in KEYS}
    manifest["config"] = {k: v for k, v in manifest["config"].items() if k not in ELSEWHERE}
    for name in ("runs", "scores"):
        table = table_of(folder, name)
        table = table[(table["recipe"] == STANDARD) & (table["perturbation"] == NONE)]
        with atomic_path(to / f"{name}.tsv.gz") as temporary:
            temporary.write_bytes(_packed(without_curves(table) if name == "scores" else table))
    write_text(to / "run.json", json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def _packed(table: pd.DataFrame) -> bytes:
    """Return a table as gzip without the time, which would make other bytes of the same run."""
    text = io.StringIO()
    table.to_csv(text, sep="\t", index=False, na_rep="NA", float_format="%.10g")
    return gzip.compress(text.getvalue().encode(), mtime=0)
