"""Scores at the turning point of Fig. 2C, in the form of ``scores.tsv``, for claims alone.

The number of types picks the resolution there, so these clusters enter no track of a task and no
table of results: a claim about the figure is judged by what the figure shows.
"""

import pandas as pd

from clear.benchmark.tasks.score import COLUMNS
from clear.benchmark.tasks.task import Track
from clear.benchmark.tasks.turning_point import SCORES
from clear.benchmark.vocabulary import NONE

TASK, NAME = "clustering", "turning_point"
TRACK = Track("Leiden at the turning point", "clusters", ("embedding",))
NEVER = "Leiden never overclusters"


def turning_scores(scans: dict[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    """Return the scores at the turning point of every scan.

    Parameters
    ----------
    scans
        For each dataset and recipe the table ``scan.tsv``
        (:func:`clear.benchmark.tasks.turning_point.scans`).

    Returns
    -------
    DataFrame
        With the columns of ``scores.tsv``: a row for each run and metric, without a value and
        ``not_applicable`` where Leiden never overclusters.
    """
    rows = []
    for (dataset, recipe), scan in scans.items():
        about = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
        about |= {"task": TASK, "track": NAME}
        for (method, seed), points in scan.groupby(["method", "seed"], sort=False):
            at = points[points["turning_point"].astype(bool)]
            found = {"status": "not_applicable", "message": NEVER} if at.empty else {"status": "ok"}
            for metric in SCORES:
                value = None if at.empty else float(at[metric].iloc[0])
                run = {"method": method, "seed": seed, "metric": metric, "value": value}
                rows.append(about | run | found)
    return pd.DataFrame(rows, columns=COLUMNS)
