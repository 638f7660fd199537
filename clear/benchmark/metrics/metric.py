"""What a metric is, and all that there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from clear.benchmark.discover import defined
from clear.errors import ClearError

HIGHER, LOWER = "higher", "lower"


class Undefined(ValueError):
    """Why a metric has no value on a dataset, whatever the embedding."""


@dataclass(frozen=True)
class Metric:
    """A metric and how to read it.

    Attributes
    ----------
    title
        Name in figures and tables.
    of
        What it is computed from, and the arguments of ``function``: ``clusters`` (true types,
        clusters), ``embedding`` (embedding, true types), ``batch``
        (:class:`clear.benchmark.metrics.cells_of_batches.Cells`), or what a task's track says.
    function
        Returns one number, or a list of them, one for each random draw of its own; NaN, or raises
        :class:`Undefined`, where it is not defined.
    low, high
        Its range; None where it has no bound.
    better
        ``higher`` or ``lower``; None where neither is, and nothing is ranked.
    source
        Who defined it.
    """

    title: str
    of: str
    function: Callable[..., float | list[float]]
    low: float | None
    high: float | None
    better: str | None
    source: str

    def __post_init__(self):
        if self.better not in (HIGHER, LOWER, None):
            raise ClearError(f"Metric {self.title}: better is 'higher', 'lower' or None.")


@cache
def families() -> dict[str, dict[str, Metric]]:
    """Return the metrics of every module that defines ``METRICS``, by the module's name."""
    return defined("clear.benchmark.metrics", "METRICS")


@cache
def all_metrics() -> dict[str, Metric]:
    """Return every metric by its id.

    Raises
    ------
    ClearError
        When two families use the same id.
    """
    found = {}
    for family, metrics in families().items():
        for name, metric in metrics.items():
            if name in found:
                raise ClearError(
                    f"clear/benchmark/metrics/{family}.py: the metric '{name}' is defined in "
                    "another family too; give it another id."
                )
            found[name] = metric
    return found


def metrics_of(kind: str) -> dict[str, Metric]:
    """Return the metrics of one kind (``Metric.of``) by their ids."""
    return {name: metric for name, metric in all_metrics().items() if metric.of == kind}


def measure(kind: str, *compared) -> dict[str, float | list[float] | str]:
    """Return every metric of a kind, called with what is compared, or why it has no value."""
    return {name: _value(metric, compared) for name, metric in metrics_of(kind).items()}


def _value(metric: Metric, compared: tuple) -> float | list[float] | str:
    try:
        return metric.function(*compared)
    except Undefined as why:
        return str(why)
