"""Which perturbations the datasets of a run get besides none."""

from collections.abc import Collection

from clear.benchmark.settings import CardError, nearest
from clear.benchmark.vocabulary import NONE, dropout_percent


def of_datasets(
    asked: list[str] | dict[str, list[str]], datasets: list[str], known: Collection[str]
) -> dict[str, list[str]]:
    """Return the perturbations of each dataset that has any, weakest first, without ``none``.

    Parameters
    ----------
    asked
        The setting ``perturbations``: a list for every dataset, or one for each that is named.
    datasets
        Those of the run.
    known
        All that have a card. One that is not in the run is passed over: a shorter run needs no
        other setting.

    Raises
    ------
    CardError
        Perturbations of a dataset that has no card.
    """
    if isinstance(asked, list):
        asked = dict.fromkeys(datasets, asked)
    for name in asked:
        if name not in known:
            raise CardError(f"perturbations: there is no dataset '{name}'.{nearest(name, known)}")
    found = {name: set(asked.get(name, [])) - {NONE} for name in datasets}
    return {name: sorted(some, key=dropout_percent) for name, some in found.items() if some}
