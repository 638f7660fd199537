"""Marks of runs in a figure with a group for each dataset and in it a slot for each method."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import style
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import STATUSES, status_letter

GAP = 1.5  # between datasets, in slots of one method
STRIP = 0.12  # height of the strip for runs without a score, in units of the metric


def group_width(manifest: dict) -> float:
    """Return the width of a dataset's group in slots: one slot per method and a gap."""
    return len(manifest["methods"]) + GAP


def draw_seeds(ax: Axes, rows: pd.DataFrame, manifest: dict, slot: float) -> None:
    """Draw each score as a point, the seeds of a method side by side in its slot.

    The axes are those of one metric on one track; x counts slots, each ``slot`` points wide.
    """
    size = np.clip(0.5 * slot, 2, 5) ** 2
    for method, look in style.method_styles(manifest).items():
        x, y = [], []
        for dataset, centre in _centres(manifest, method).items():
            mine = rows_where(rows, dataset=dataset, method=method)
            values = mine.sort_values("seed")["value"].to_numpy(float)
            spread = 0.5 * _half(slot) if len(values) > 1 else 0
            x.extend(centre + np.linspace(-spread, spread, len(values)))
            y.extend(values)
        ax.scatter(x, y, s=size, linewidths=0, alpha=0.75, gid=f"seeds {method}", **look)


def draw_means(ax: Axes, rows: pd.DataFrame, manifest: dict, slot: float) -> None:
    """Draw a short line at each mean; ``rows`` are of ``statistics.tsv``."""
    half = _half(slot)
    for method in manifest["methods"]:
        centres = _centres(manifest, method)
        for row in rows[rows["method"] == method].itertuples():
            ax.plot(
                [centres[row.dataset] - half, centres[row.dataset] + half],
                [row.mean, row.mean],
                color="#1A1A1A",
                linewidth=0.9,
                solid_capstyle="butt",
                gid=f"mean {method}",
            )


def draw_letters(
    ax: Axes, lost: pd.DataFrame, served: set[str], manifest: dict, slot: float, lowest: float
) -> None:
    """Mark runs without a score with the letter of their status, in a strip under the scores.

    ``served`` are the methods with a place in these axes; ``lowest`` is the lowest score that is
    drawn in any of the axes.
    """
    floor = lowest - 0.03
    ax.set_ylim(floor - (STRIP if len(lost) else 0), 1.03)
    if len(lost):
        ax.axhspan(floor - STRIP, floor, color="#F2F2F2", linewidth=0, zorder=0)
    mine = lost[lost["method"].isin(served)]
    for (dataset, method), rows in mine.groupby(["dataset", "method"], sort=False):
        found = [status for status in STATUSES if status in set(rows["status"])]
        ax.text(
            _centres(manifest, method)[dataset],
            floor - STRIP / 2,
            "\n".join(map(status_letter, found)),
            fontsize=np.clip(1.1 * slot, 4.5, 8) / (1 if len(found) == 1 else 1.4),
            linespacing=0.9,
            color="#333333",
            ha="center",
            va="center",
            gid=f"{' '.join(found)} {dataset} {method}",
        )


def _centres(manifest: dict, method: str) -> dict[str, float]:
    """Middle of a method's slot for each dataset."""
    place = list(style.method_styles(manifest)).index(method) + GAP / 2 + 0.5
    return {
        dataset: i * group_width(manifest) + place for i, dataset in enumerate(manifest["datasets"])
    }


def _half(slot: float) -> float:
    """Half the length of a mean's line in slots, at most 8 points."""
    return min(0.42, 8 / slot)
