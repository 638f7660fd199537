"""Batch effects: whether an embedding mixes the batches of a type and keeps the types apart.

Every embedding is scored by the same metrics, whether its method was told the batches or not. The
track ``any`` compares them all, ``untold`` those alone that were not told the batches.
The batches are those of the dataset's card: where they differ in more than technique (patients,
time points) mixing them is no merit, and its notes say so.
"""

from pathlib import Path

from clear.benchmark.tasks.task import Task, Track

ANY, UNTOLD = "any", "untold"


def score(run: Path, status: dict, truth, settings: dict) -> dict[str, dict | str]:
    """Return the scores of one run by track and metric, or why there are none.

    Parameters
    ----------
    run
        The run's folder.
    status, settings
        Not used: nothing depends on them.
    truth : pandas.DataFrame
        ``truth.tsv`` of the dataset, indexed by cell.
    """
    # The workflow reads every task at each start; these take seconds to import.
    from clear.benchmark.methods.outputs import read_embedding
    from clear.benchmark.metrics.cells_of_batches import Cells
    from clear.benchmark.metrics.metric import measure

    if truth["batch"].nunique() == 1:
        return dict.fromkeys(TASK.tracks, "all cells are of one batch")
    embedding = read_embedding(run, truth.index)
    if embedding is None:
        return {}
    cells = Cells(embedding, truth["cell_type"].to_numpy(), truth["batch"].to_numpy())
    return dict.fromkeys(TASK.tracks, measure("batch", cells))


TASK = Task(
    id="batch",
    title="Batch effects",
    about="Whether an embedding mixes the batches of a cell type and keeps the types apart.",
    needs=("label", "batch"),
    told=("n_clusters", "batch", "source", "labels_of_one_batch"),
    tracks={
        ANY: Track("all methods", "batch", ("embedding",)),
        UNTOLD: Track(
            "methods that are not told the batches",
            "batch",
            ("embedding",),
            ("batch", "labels_of_one_batch"),
        ),
    },
    ranking="balance",
    score=score,
)
