"""The way of an order through a plane: a graph that branches where the cells do (Mapper).

As Mapper has it (Singh, Mémoli and Carlsson 2007, Eurographics Symposium on Point-Based Graphics),
with the place of a cell in the order as the filter. The places are covered by intervals of which
neighbours overlap by half. The cells of an interval are parted into groups that do not touch in
the plane, each group is a point at their mean, and two points of neighbouring intervals are joined
where their groups share cells. A mean over all cells of an interval would lie between branches,
where no cell is, and a line through such means would cross from one to the other.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import label

STEPS = 14  # intervals; each is two steps of 1 / 15 long
SQUARES = 12  # of a grid along the longer side of the plane, whose neighbours touch
LEAST = 0.1  # share of an interval's cells that a group has to have, where any has it
COLUMNS = ["place", "umap1", "umap2", "from_umap1", "from_umap2", "jump"]


def trajectory(place: np.ndarray, points: np.ndarray) -> pd.DataFrame:
    """Return the graph of an order in a plane.

    Parameters
    ----------
    place
        Place of each cell in the order, 0 to 1.
    points
        Cells x 2, their positions.

    Returns
    -------
    DataFrame
        A row for each line, with the columns :data:`COLUMNS`: the mean place and position of the
        group of cells where it ends, and the position where it begins. A group that shares no cell
        with one of the interval before is joined to the nearest there, by a ``jump``. The group
        of the earliest cell begins the graph: its row comes first, without a beginning (NaN).
    """
    squares = _squares(points)
    rows, before = [], []
    for step in range(STEPS):
        low, high = step / (STEPS + 1), (step + 2) / (STEPS + 1)
        inside = np.flatnonzero((low <= place) & (place <= high))
        parts = _apart(inside, squares)
        groups = [part for part in parts if len(part) >= LEAST * len(inside)] or parts
        here = list(groups)
        if groups and not before:
            start = min(range(len(groups)), key=lambda i: place[groups[i]].min())
            before = [groups.pop(start)]
            rows.append(_line(before[0], None, place, points))
        for group in groups:
            shared = [earlier for earlier in before if np.isin(group, earlier).any()]
            near = min(before, key=lambda earlier: _distance(points, earlier, group))
            for earlier in shared or [near]:
                rows.append(_line(group, earlier, place, points, jump=not shared))
        before = here or before
    return pd.DataFrame(rows, columns=COLUMNS)


def _squares(points: np.ndarray) -> np.ndarray:
    """Return the square of the grid that each cell is in, cells x 2."""
    low = points.min(axis=0)
    side = (points.max(axis=0) - low).max() / SQUARES or 1.0
    return np.minimum((points - low) // side, SQUARES - 1).astype(int)


def _apart(cells: np.ndarray, squares: np.ndarray) -> list[np.ndarray]:
    """Part cells into groups whose squares do not touch, not even at a corner."""
    grid = np.zeros((SQUARES, SQUARES), bool)
    grid[tuple(squares[cells].T)] = True
    numbers = label(grid, np.ones((3, 3)))[0][tuple(squares[cells].T)]
    return [cells[numbers == number] for number in np.unique(numbers)]


def _distance(points: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(points[one].mean(axis=0) - points[other].mean(axis=0)))


def _line(group, earlier, place, points, jump: bool = False) -> list:
    start = (np.nan, np.nan) if earlier is None else points[earlier].mean(axis=0)
    return [place[group].mean(), *points[group].mean(axis=0), *start, jump]
