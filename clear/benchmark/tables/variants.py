"""What Tables S4 to S6 have in common: a preset's variants, each beside the preset."""

from collections.abc import Callable

import pandas as pd

from clear.benchmark.tables.scored import SECTIONS, clustering, number
from clear.benchmark.tables.table import Table

COLUMNS = [*SECTIONS, "variant", "change", "method", "dataset", "mean", "mean_error"]
COLUMNS += ["difference", "difference_error", "pairs"]
CAPTION = (
    "A preset of CLEAR, and the same with one thing changed; the TSV names the settings. Mean over "
    "seeds and, under Mean, over datasets; in brackets the difference from the preset as it is, in "
    "n pairs of runs with the same dataset and seed. ±: standard error over seeds with the "
    "datasets as they are, of the difference or, where there is none, of the mean. Small datasets "
    "have few likely partitions: equal scores need not mean equal embeddings. Empty: no run has a "
    "score."
)
DESIGNS = ("without", "alone", "value")
AS_IT_IS = {"anchor": "as it is", "untrained": "untrained"}


def table(name: str, title: str, chosen: Callable[[pd.DataFrame], pd.Series]) -> Table:
    """Return the table of the variants of a preset that ``chosen`` marks in ``ablation.tsv``."""
    return Table(
        id=name,
        title=title,
        caption=CAPTION,
        reads=("ablation",),
        make=lambda ablation: rows(ablation, chosen(ablation)),
        sections=SECTIONS,
        row=("variant",),
        cell=cell,
        needs="variants",
    )


def rows(ablation: pd.DataFrame, chosen: pd.Series) -> pd.DataFrame:
    """Return some variants of a preset after the preset untrained and as it is.

    Parameters
    ----------
    ablation
        The table ``ablation.tsv``.
    chosen
        Which of its rows are these variants.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: ``variant`` says what the variant is, ``change`` which
        settings that changes; the numbers are those of ``ablation.tsv``.
    """
    variants = ablation["design"].isin(DESIGNS)
    references = set(ablation[variants]["reference"])
    anchors = ablation["design"].eq("anchor") & ablation["method"].isin(references)
    presets = set(ablation[anchors]["name"])
    untrained = ablation["design"].eq("untrained") & ablation["name"].isin(presets)
    shown = ablation[anchors | untrained | chosen]
    words = [_words(row) for row in shown.to_dict("records")]
    return clustering(shown.assign(variant=words))[COLUMNS]


def strengths(ablation: pd.DataFrame) -> pd.Series:
    """Tell which rows have another strength of an augmentation: its share of genes, or its sd."""
    last = ablation["name"].str.split(" ").str[-1]
    return ablation["design"].eq("value") & last.isin(("fraction", "sd", "probability"))


def _words(row: dict) -> str:
    if row["design"] in AS_IT_IS:
        return f"{row['name']}, {AS_IT_IS[row['design']]}"
    if row["design"] == "value":
        return row["change"]
    return f"{row['name']} alone" if row["design"] == "alone" else f"without {row['name']}"


def cell(row: dict) -> str:
    """Return a mean with the difference from the preset and its number of pairs."""
    mean = number(row["mean"])
    if pd.isna(row["difference"]):
        return _with_error(mean, row["mean_error"])
    sign = "+" if round(row["difference"], 3) > 0 else ""
    change = _with_error(sign + number(row["difference"]), row["difference_error"])
    return f"{mean} ({change}, n = {row['pairs']})"


def _with_error(shown: str, error: float) -> str:
    return shown if pd.isna(error) else f"{shown} ± {number(error)}"
