"""Scores at the turning point of Fig. 2C, in the form of ``scores.tsv``, for claims alone.

The number of types picks the resolution there, so these clusters enter no track of a task and no
table of results: a claim about the figure is judged by what the figure shows.
"""

import pandas as pd

from clear.benchmark.tasks.score import COLUMNS
from clear.benchmark.tasks.task import Track
from clear.benchmark.tasks.turning_point import OF_SEEDS
from clear.benchmark.vocabulary import NONE

TASK, NAME, METRIC = "clustering", "turning_point", "ari"
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
        With the columns of ``scores.tsv``: the ARI of each run, ``not_applicable`` where Leiden
        never overclusters.
    """
    rows = []
    for (dataset, recipe), scan in scans.items():
        about = {"dataset": dataset, "recipe": recipe, "perturbation": NONE}
        about |= {"task": TASK, "track": NAME, "metric": METRIC}
        for (method, seed), points in scan.groupby(["method", "seed"], sort=False):
            at = points[points["turning_point"].astype(bool)]
            found = {"status": "not_applicable", "message": NEVER}
            if len(at):
                mean, sd = at[OF_SEEDS].iloc[0]
                found = {"status": "ok", "value": float(mean), "scorer_sd": float(sd)}
            rows.append(about | {"method": method, "seed": seed} | found)
    return pd.DataFrame(rows, columns=COLUMNS)
