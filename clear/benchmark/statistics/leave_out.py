"""``leave_out.tsv``: the ranking without one group of datasets after the other.

Datasets that are not independent of each other form a group (``related`` on their cards): four
tissues of one atlas count four times in a ranking, and here it shows how much hangs on them.
"""

import pandas as pd

from clear.benchmark.statistics.failures import RULES, counted
from clear.benchmark.statistics.places import places
from clear.benchmark.statistics.ranks import VIEW

COLUMNS = [*VIEW, "left_out", "datasets", "method", "rank"]


def leave_out_table(
    statistics: pd.DataFrame,
    metrics: dict[str, dict],
    controls: list[str],
    tuned_on: dict[str, list[str]],
    groups: dict[str, str],
) -> pd.DataFrame:
    """Rank without each group; what is given is as for :func:`rank_table`.

    Parameters
    ----------
    groups
        For each dataset the name of its group.

    Returns
    -------
    DataFrame
        With the columns :data:`COLUMNS`: the group ``left_out``, on how many ``datasets`` methods
        are then ranked, and the ``rank`` of each. Empty where there is one group only.
    """
    rows = []
    for view, cells in statistics.groupby(VIEW, sort=False):
        metric = metrics[view[-1]]
        if not metric["better"]:
            continue
        score = counted(cells, metric, controls)[RULES[0]]
        pairs = zip(cells["method"], cells["dataset"], strict=True)
        tuned = [dataset in tuned_on.get(method, []) for method, dataset in pairs]
        cells = cells.assign(score=score.mask(tuned))[~cells["method"].isin(controls)]
        wide = cells.pivot(index="dataset", columns="method", values="score").dropna(how="all")
        of = wide.index.map(groups)
        for group in dict.fromkeys(of) if of.nunique() > 1 else []:
            kept = wide[of != group]
            about = dict(zip(VIEW, view, strict=True)) | {"left_out": group, "datasets": len(kept)}
            found = places(kept).items()
            rows += [about | {"method": method, "rank": rank} for method, rank in found]
    return pd.DataFrame(rows, columns=COLUMNS)
