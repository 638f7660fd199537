"""Which perturbations the datasets of a run get besides none."""

from clear.benchmark.settings import CardError, nearest
from clear.benchmark.vocabulary import NONE, dropout_percent


def of_datasets(
    asked: list[str] | dict[str, list[str]], datasets: list[str], default: dict
) -> dict[str, list[str]]:
    """Return the perturbations of each dataset that has any, weakest first, without ``none``.

    Parameters
    ----------
    asked
        The setting ``perturbations``: a list for every dataset, or one for each that is named.
    datasets
        Those of the run.
    default
        What ``config/config.yaml`` says. Snakemake adds its perturbations to those of another
        file or the command line; they are passed over where the run leaves out their dataset.

    Raises
    ------
    CardError
        Perturbations of a dataset that the run does not have.
    """
    if isinstance(asked, list):
        asked = dict.fromkeys(datasets, asked)
    ours = default.get("perturbations", [])
    for name in sorted(asked.keys() - set(datasets)):
        inherited = name in ours and name in default["datasets"] and ours[name] == asked[name]
        if not inherited:
            raise CardError(
                f"perturbations: '{name}' is not among the datasets of this run; add it there or "
                f"leave it out here.{nearest(name, datasets)}"
            )
    found = {name: set(asked.get(name, [])) - {NONE} for name in datasets}
    return {name: sorted(some, key=dropout_percent) for name, some in found.items() if some}
