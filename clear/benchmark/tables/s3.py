"""Table S3: every method with its settings chosen on each dataset, by labels and without."""

import pandas as pd

from clear.benchmark.tables.scored import METRICS, SECTIONS, TRACKS, number
from clear.benchmark.tables.table import Table
from clear.benchmark.vocabulary import RECIPES


def make(tuning: pd.DataFrame) -> pd.DataFrame:
    """Return ``tuning.tsv`` in the order of the page."""
    rows = tuning[tuning["track"].isin(TRACKS)]
    places = {name: i for i, name in enumerate((*RECIPES, *TRACKS, *METRICS))}
    return rows.sort_values(list(SECTIONS), key=lambda names: names.map(places), kind="stable")


def cell(row: dict) -> str:
    """Return mean and standard deviation, and the settings that are not the card's."""
    shown = number(row["mean"]) + ("" if pd.isna(row["sd"]) else f" ± {number(row['sd'])}")
    return shown if pd.isna(row["settings"]) else f"{shown}; {row['settings']}"


TABLE = Table(
    id="s3",
    title="Table S3: tuned methods",
    caption="Every method with the settings on its card, and with those chosen from its grid "
    "on each dataset: by silhouette, the largest average silhouette width of its own clusters in "
    "its own embedding, without labels; by labels, the largest mean ARI, of the same seeds that "
    "are shown, so that this number is too high. Mean ± standard deviation over seeds; after it "
    "the settings that differ from the card's. A method has at most six configurations, CLEAR "
    "included. Empty: no score, or no embedding to take the silhouette in.",
    reads=("tuning",),
    make=make,
    sections=SECTIONS,
    row=("method", "choice"),
    cell=cell,
    needs="tuning",
)
