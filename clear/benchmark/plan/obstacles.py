"""Why a method cannot work on a dataset, as far as their cards say."""

from clear.benchmark.source_dataset import why_no_source
from clear.benchmark.vocabulary import TOLD

# What the card of a dataset must fill before a method can be told something.
NEEDED_TO_TELL = {
    "n_clusters": ("label",),
    "labels": ("label",),
    "batch": ("batch",),
    "labels_of_one_batch": ("batch", "label"),
    "root": ("stage",),
}


def obstacle(method: dict, dataset: dict, scored: bool, known: dict[str, dict]) -> str | None:
    """Say why a method does not run on a dataset; None where it does.

    It runs where its card shares a task with the dataset's, scored yet or not, or where a task of
    the dataset can score what it writes.

    Parameters
    ----------
    method, dataset
        Their cards.
    scored
        Whether a task of the dataset scores the method.
    known
        The cards of all datasets of the run, by id, those that are only learned from included.
    """
    ours, its = method["tasks"], dataset["tasks"]
    if not set(ours) & set(its) and not scored:
        return (
            f"is made for {', '.join(ours)}; the dataset is for {', '.join(its)}, where "
            "nothing that the method writes can be scored"
        )
    if why := why_no_source(method, dataset["id"], known):
        return why
    for fact in set(method["told"]) & set(NEEDED_TO_TELL):
        for key in NEEDED_TO_TELL[fact]:
            if not dataset[key]:
                return f"is told {TOLD[fact]}; the dataset's card has no {key}"
    unit, units = dataset["unit"], method.get("units")
    if units and unit not in units:
        return f"works with {', '.join(units)}; the unit of this dataset is {unit}"
    return None
