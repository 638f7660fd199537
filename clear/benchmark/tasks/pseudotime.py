"""Pseudotime: the order of cells against the order of published stages.

The root is the first stage, for all alike: a method that is told the root learns which cells are
of it, and where the scorer orders an embedding it starts at the medoid of these cells
(:mod:`clear.benchmark.tasks.diffusion_time`). Cells without a stage are ordered with the others,
and their places are not scored.
"""

from pathlib import Path

from clear.benchmark.tasks.task import Task, Track

FROM_EMBEDDING, ROOTED, UNROOTED = "from_embedding", "rooted", "unrooted"
NOT_TOLD = "the method is not told the first stage: the direction of its pseudotime is arbitrary"


def score(run: Path, status: dict, truth, settings: dict) -> dict[str, dict | str]:
    """Return the scores of one run by track and metric, or why a track has none.

    Parameters
    ----------
    run
        The run's folder.
    status
        Its ``status.json``.
    truth : pandas.DataFrame
        ``truth.tsv`` of the dataset, indexed by cell.
    settings
        The settings ``scores``: n_neighbors.
    """
    # The workflow reads every task at each start; these take seconds to import.
    from clear.benchmark.methods.outputs import read_embedding, read_pseudotime
    from clear.benchmark.tasks.diffusion_time import LEAST_CELLS, first_component

    if truth.loc[truth["stage"] != "", "stage"].nunique() < 2:
        return dict.fromkeys(TASK.tracks, "the cells are of one stage, or of none")
    if len(truth) < LEAST_CELLS:
        reason = f"{len(truth)} cells: a diffusion map needs {LEAST_CELLS}"
        return dict.fromkeys(TASK.tracks, reason)
    embedding, own = read_embedding(run, truth.index), read_pseudotime(run, truth.index)
    found, n_neighbors = {}, settings["n_neighbors"]
    if embedding is not None:
        time = rooted_time(status, embedding, None, truth, n_neighbors)
        found[FROM_EMBEDDING] = found[ROOTED] = _measured(truth, time)
    if own is not None:
        time = rooted_time(status, None, own, truth, n_neighbors)
        found[ROOTED] = NOT_TOLD if time is None else _measured(truth, time)
        found[UNROOTED] = better_direction(truth, own)
    elif embedding is not None:
        time = first_component(embedding, n_neighbors)
        found[UNROOTED] = better_direction(truth, time)
    return found


def rooted_time(status: dict, embedding, own, truth, n_neighbors: int):
    """Return the pseudotime from the first stage on: a method's own, or that of its embedding.

    None where a method has its own and is not told the root, or where it has neither.
    """
    from clear.benchmark.methods.told import first_stage
    from clear.benchmark.tasks.diffusion_time import diffusion_pseudotime, root_cell

    if own is not None:
        return own if "root" in (status.get("told") or {}) else None
    if embedding is None:
        return None
    first = first_stage(truth).to_numpy()
    return diffusion_pseudotime(embedding, root_cell(embedding, first), n_neighbors)


def better_direction(truth, pseudotime) -> dict[str, float]:
    """Return the scores of a pseudotime or of its negative, whichever has the higher Spearman."""
    both = [_measured(truth, sign * pseudotime) for sign in (1, -1)]
    return max(both, key=lambda scores: scores["spearman"])


def _measured(truth, pseudotime) -> dict[str, float]:
    from clear.benchmark.metrics.metric import measure

    staged = (truth["stage"] != "").to_numpy()
    stages = truth["stage"].to_numpy()[staged].astype(int)
    types = truth["cell_type"].to_numpy()[staged]
    return measure("pseudotime", stages, pseudotime[staged], types)


TASK = Task(
    id="pseudotime",
    title="Pseudotime",
    about="The order of cells against the order of published stages.",
    needs=("stage",),
    told=("root", "batch", "source"),
    tracks={
        ROOTED: Track(
            "first stage given: own pseudotime, or else diffusion pseudotime of the embedding",
            "pseudotime",
            ("pseudotime", "embedding"),
        ),
        FROM_EMBEDDING: Track(
            "first stage given: diffusion pseudotime of the embedding", "pseudotime", ("embedding",)
        ),
        UNROOTED: Track(
            "no root, the better of both directions: own pseudotime, or else the first diffusion "
            "component of the embedding",
            "pseudotime",
            ("pseudotime", "embedding"),
            ("root",),
        ),
    },
    ranking="spearman",
    score=score,
)
