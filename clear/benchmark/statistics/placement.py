"""The place of one embedding among the methods of a finished run, on one dataset.

The place is by the rules of ``ranks.tsv``, as if the embedding were one more method of the run. Its
interval says how much of it hangs on the methods' seeds: each method is represented by one of its
runs, drawn at random, and the places that the embedding then takes are counted. The distribution
is exact (Poisson binomial); a failed run counts as in the ranks, a tie as half a place.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clear.benchmark.statistics.failures import counted, counted_runs, sign_of
from clear.benchmark.statistics.intervals import LEVEL
from clear.benchmark.statistics.ranks import VIEW, rank_table
from clear.benchmark.statistics.summary import statistics_table
from clear.benchmark.vocabulary import is_control

MINE = "*your embedding*"  # no card can have this id
PLACES = ["task", "track", "metric", "value", "scorer_sd", "place", "low", "high", "of"]
STANDING = [*VIEW, "method", "rank", "mean", "sd", "scorer_sd", "min", "max"]
STANDING += ["scored", "planned", "lost", "tuned"]


@dataclass(frozen=True)
class Comparison:
    """An embedding among the methods of a run.

    Attributes
    ----------
    dataset
        On which.
    places
        With the columns :data:`PLACES`, a row per track and metric that ranks: the place of the
        embedding ``of`` so many ranked methods and itself, from ``low`` to ``high`` (95 %).
    standing
        With the columns :data:`STANDING`: every method beside the embedding, :data:`MINE`, best
        rank first, controls last.
    methods
        The cards of the run's methods.
    """

    dataset: str
    places: pd.DataFrame
    standing: pd.DataFrame
    methods: dict[str, dict]


def compare_one(
    mine: pd.DataFrame,
    served: dict[str, list[str]],
    scores: pd.DataFrame,
    statistics: pd.DataFrame,
    manifest: dict,
) -> Comparison:
    """Place an embedding among methods.

    Parameters
    ----------
    mine
        Its rows as in ``scores.tsv``.
    served
        For each task the tracks on which an embedding is scored.
    scores, statistics
        The rows of the run's tables ``scores.tsv`` and ``statistics.tsv`` on the same dataset,
        recipe and perturbation.
    manifest
        The run's ``run.json``.
    """
    mine = mine.assign(method=MINE)
    own = statistics_table(mine, {task: {MINE: tracks} for task, tracks in served.items()})
    both = pd.concat([statistics, own.astype(statistics.dtypes)], ignore_index=True)
    values = pd.concat([scores, mine.astype(scores.dtypes)]).dropna(subset=["metric", "value"])
    runs = {k: v.to_numpy(float) for k, v in values.groupby([*VIEW, "dataset", "method"])["value"]}
    metrics = {
        name: metric
        for task in manifest["tasks"].values()
        for name, metric in task.get("metrics", {}).items()
    }
    methods = manifest["methods"]
    controls = [name for name, card in methods.items() if is_control(card)]
    tuned_on = {name: card.get("tuned_on") or [] for name, card in methods.items()}
    shared = both[both["metric"].isin(metrics)]
    shared = shared[shared.groupby(VIEW)["method"].transform(lambda names: MINE in set(names))]
    dataset = mine["dataset"].iloc[0]
    ranks = rank_table(shared, metrics, controls, tuned_on)
    ranks = ranks[ranks["dataset"] == dataset]
    standing = ranks.merge(shared[[*VIEW, "method", "min", "max"]], on=[*VIEW, "method"])
    rows = []
    for view, cells in shared.groupby(VIEW, sort=False):
        metric = metrics[view[-1]]
        here = standing[(standing[VIEW] == list(view)).all(axis=1)].set_index("method")
        if metric["better"] and not np.isnan(here.loc[MINE, "rank"]):
            cells = cells.join(counted(cells, metric, controls))
            found = counted_runs(cells, runs, view, sign_of(metric))
            rivals = here.index[here["rank"].notna()].drop(MINE)
            chances = [
                _chance(found[dataset, name], found[dataset, MINE].item()) for name in rivals
            ]
            low, high = place_interval(chances)
            own = here.loc[MINE]
            row = (*view[2:], own["mean"], own["scorer_sd"], own["rank"], low, high)
            rows.append((*row, len(rivals) + 1))
    return Comparison(dataset, pd.DataFrame(rows, columns=PLACES), standing[STANDING], methods)


def _chance(runs: np.ndarray, mine: float) -> float:
    """Return how likely a run, drawn at random, is better than the embedding; ties count half."""
    difference = np.round(runs - mine, 10)
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def place_interval(chances: list[float]) -> tuple[int, int]:
    """Return the 95 % interval of one plus the number of methods that are better.

    Parameters
    ----------
    chances
        How likely each of them is, independently.
    """
    shares = np.ones(1)
    for chance in chances:
        shares = np.convolve(shares, [1 - chance, chance])
    tail, reached = (1 - LEVEL) / 2, shares.cumsum() + 1e-12
    low, high = np.searchsorted(reached, [tail, 1 - tail])
    return int(low) + 1, int(high) + 1
