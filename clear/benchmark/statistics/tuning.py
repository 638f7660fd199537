"""Which configuration of each method is chosen on each dataset, by labels or without them."""

import pandas as pd

from clear.benchmark.vocabulary import NONE

OWN, CRITERION, LABELS = "as on the card", "by silhouette", "by labels"
METRICS = ("ari", "nmi")
PLACE = ["recipe", "track", "dataset"]
COLUMNS = [*PLACE, "method", "choice", "chosen", "settings", "silhouette", "metric", "mean", "sd"]
COLUMNS += ["scored", "tried"]


def tuning_table(
    scores: pd.DataFrame, widths: pd.DataFrame, configurations: list[dict]
) -> pd.DataFrame:
    """Choose among the configurations of each method, on each dataset and track.

    Parameters
    ----------
    scores
        The table ``scores.tsv``.
    widths
        Silhouette widths of clusters
        (:func:`clear.benchmark.tasks.separation_of_clusters.widths`).
    configurations
        As :func:`clear.benchmark.tuning.tuned` returns them.

    Returns
    -------
    DataFrame
        For each method, ``choice`` and metric the mean and standard deviation over the seeds of
        the ``chosen`` configuration; ``scored`` counts its seeds, ``tried`` the configurations with
        a score. :data:`OWN` is that of the card, :data:`CRITERION` has the largest mean silhouette
        width, which needs an embedding, :data:`LABELS` the largest mean ARI of the same seeds that
        are shown. Among equals the earlier one is chosen. A method is left out where no
        configuration has a score.
    """
    scores = scores[scores["metric"].isin(METRICS) & scores["perturbation"].eq(NONE)]
    keys = [*PLACE, "method"]
    found = scores.dropna(subset="value").groupby([*keys, "metric"])["value"]
    found = found.agg(["mean", "std", "count"]).unstack("metric")
    width = widths[widths["perturbation"].eq(NONE)].groupby(keys)["value"].mean()
    by_base = {}
    for one in configurations:
        by_base.setdefault(one["base"], []).append(one)
    rows = []
    for place in dict.fromkeys(zip(*(scores[name] for name in PLACE), strict=True)):
        for base, ones in by_base.items():
            there = [one for one in ones if (*place, one["method"]) in found.index]
            for choice, one in _choices(there, place, found, width).items():
                key = (*place, one["method"])
                about = dict(zip(PLACE, place, strict=True)) | {"method": base, "choice": choice}
                about |= {"chosen": one["method"], "settings": one["settings"]}
                about |= {"silhouette": width.get(key), "tried": len(there)}
                for metric in METRICS:
                    mean, sd, count = (found.at[key, (s, metric)] for s in ("mean", "std", "count"))
                    rows.append(
                        about | {"metric": metric, "mean": mean, "sd": sd, "scored": int(count)}
                    )
    return pd.DataFrame(rows, columns=COLUMNS)


def _choices(ones: list[dict], place: tuple, found: pd.DataFrame, width: pd.Series) -> dict:
    """Return the chosen configuration by the rule of its choice."""
    own = [one for one in ones if not one["settings"]]
    chosen = {OWN: own[0]} if own else {}
    separated = [one for one in ones if pd.notna(width.get((*place, one["method"])))]
    if separated:
        chosen[CRITERION] = max(separated, key=lambda one: width[(*place, one["method"])])
    if ones:
        ari = ("mean", "ari")
        chosen[LABELS] = max(ones, key=lambda one: found.at[(*place, one["method"]), ari])
    return chosen
