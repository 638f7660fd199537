"""Donors and their statuses, of a dataset that is a case study."""

import pandas as pd

from clear.errors import ClearError

# What pandas and R write for a value that is missing.
MISSING = ("", "nan", "NaN", "None", "NA", "<NA>", "NaT")


def donors_and_statuses(
    donor: pd.Series, status: pd.Series, card: dict
) -> dict[str, pd.Categorical]:
    """Return donor and status of each cell in canonical shape.

    Parameters
    ----------
    donor, status
        Of each cell, as the file has them.
    card
        The dataset card: ``id``, ``statuses``, ``status_values``.

    Returns
    -------
    dict
        ``donor``, categories, and ``status``, categories in the order of ``statuses``.

    Raises
    ------
    ClearError
        A cell without donor or status; a status that the card does not list, or a listed one
        that no cell has; a donor of two statuses.
    """
    dataset, statuses = card["id"], card["statuses"]
    for what, column in (("donor", donor), ("status", status)):
        missing = column[column.isin(MISSING)]
        if len(missing):
            raise ClearError(
                f"Dataset {dataset!r}: {len(missing)} cells have no {what} in the column "
                f"{column.name!r}, but {missing.iloc[0]!r}: fill it in, or leave `donor` and "
                "`status` out of the card."
            )
    names = {name: name for name in statuses} | (card.get("status_values") or {})
    unknown = sorted(set(status) - set(names))
    if unknown:
        raise ClearError(
            f"Dataset {dataset!r}: the card does not know the status {', '.join(unknown)} of the "
            f"column {status.name!r}: add it to `statuses` ({', '.join(statuses)}), or say under "
            "`status_values` which of these it is."
        )
    named = status.map(names)
    if absent := [name for name in statuses if name not in set(named)]:
        raise ClearError(
            f"Dataset {dataset!r}: no cell has the status {', '.join(absent)}, which the card "
            f"lists under `statuses`; the column {status.name!r} has: "
            f"{', '.join(sorted(set(status)))}."
        )
    several = named.groupby(donor.to_numpy()).unique()
    several = several[several.map(len) > 1]
    if len(several):
        raise ClearError(
            f"Dataset {dataset!r}: the donor {several.index[0]!r} has the statuses "
            f"{' and '.join(several.iloc[0])}: name the column of samples under `donor`, in which "
            "each value has one status."
        )
    return {
        "donor": pd.Categorical(donor),
        "status": pd.Categorical(named, categories=statuses),
    }
