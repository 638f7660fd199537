"""What Tables S7 to S12 have in common: the case studies of a run, an embedding each."""

import pandas as pd

SECTIONS = ("recipe", "dataset", "method")
EMPTY = "No case study of the run has such a row; its panels say why."


def of_focus(differential: pd.DataFrame, manifest: dict, statuses: slice) -> pd.DataFrame:
    """Return the genes of the first type that a card looks at, in some of its diseased statuses.

    Parameters
    ----------
    differential
        ``differential.tsv`` of all case studies.
    manifest
        The content of ``run.json``.
    statuses
        Which of the statuses after the reference.

    Returns
    -------
    DataFrame
        By dataset and method; genes with the least p by donors first, then by cells.
    """
    parts = []
    for name, part in differential.groupby("dataset", sort=False):
        card = manifest["datasets"][name]
        wanted = part["status"].isin(card["statuses"][1:][statuses])
        parts.append(part[wanted & (part["type"] == card["focus"][0])])
    found = pd.concat(parts) if parts else differential
    place = {one: number for number, one in enumerate(dict.fromkeys(found["method"]))}
    found = found.assign(place=found["method"].map(place))
    order = ["recipe", "dataset", "place", "status", "p_donors", "p_cells"]
    return found.sort_values(order, kind="stable", ignore_index=True).drop(columns="place")
