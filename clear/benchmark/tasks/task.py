"""What a task is: all that the benchmark has to know of one, in one object."""

from collections.abc import Callable
from dataclasses import dataclass

from clear.benchmark.vocabulary import OUTPUTS, TOLD, is_control
from clear.errors import ClearError


@dataclass(frozen=True)
class Track:
    """A part of a task whose scores are compared with each other and with no others.

    Attributes
    ----------
    title
        Words for people.
    of
        The kind of its metrics (``Metric.of``).
    outputs
        Outputs of a method (the vocabulary's ``OUTPUTS``), any of which can be scored here.
    untold
        What a method must not have been told (the vocabulary's ``TOLD``).
    curve
        Whether it is one point of a curve: in ``scores.tsv``, ``statistics.tsv`` and a figure,
        without ranks and not on the page.
    """

    title: str
    of: str
    outputs: tuple[str, ...]
    untold: tuple[str, ...] = ()
    curve: bool = False


@dataclass(frozen=True)
class Task:
    """A task: whom it can score on what, and how.

    Attributes
    ----------
    id
        The name of its module.
    title, about
        Its heading on the page, and a sentence under it.
    needs
        Keys that the card of a dataset must fill: ``label``, ``batch``, ``stage``.
    told
        What a method may be told and still be scored; a control may be told anything.
    tracks
        By their ids, in the order of the page.
    ranking
        The metric that ranks methods unless a reader chooses another; on the first track.
    score
        Takes a run's folder, its status, the truth (a table indexed by cell) and the settings
        ``scores``; returns for each track a dict with every metric of its kind, or a sentence: why
        there is no score. A metric has a number, a list of numbers, one for each seed of what
        the scoring itself draws at random, or a sentence: why it has no value on the dataset.
    """

    id: str
    title: str
    about: str
    needs: tuple[str, ...]
    told: tuple[str, ...]
    tracks: dict[str, Track]
    ranking: str
    score: Callable[..., dict[str, dict[str, float | list[float] | str] | str]]

    def __post_init__(self):
        for track in self.tracks.values():
            for words, known in ((track.outputs, OUTPUTS), (track.untold, TOLD)):
                if unknown := set(words) - set(known):
                    raise ClearError(
                        f"Task {self.id}: '{unknown.pop()}' is not in clear/benchmark/"
                        f"vocabulary.py, which knows {', '.join(known)}."
                    )

    def served(self, method: dict) -> list[str]:
        """Return the tracks on which a method is scored, by what its card promises."""
        outputs, told = set(method["outputs"]), set(method.get("told", []))
        return [
            name
            for name, track in self.tracks.items()
            if outputs & set(track.outputs) and not told & set(track.untold)
        ]

    def obstacle(self, dataset: dict, method: dict) -> str | None:
        """Return why a method cannot be scored on a dataset, as far as their cards say."""
        if lacking := [key for key in self.needs if not dataset.get(key)]:
            return f"the dataset's card has no {' and no '.join(lacking)}"
        excess = set(method.get("told", [])) - set(self.told)
        if excess and not is_control(method):
            return f"the method is told {', '.join(TOLD[word] for word in sorted(excess))}"
        if not self.served(method):
            written = ", ".join(OUTPUTS[name] for name in method["outputs"])
            return f"the method writes {written}, which this task does not score"
        return None
