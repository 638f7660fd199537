"""Fig. 2C: river plots, from Leiden's clusters at the turning point to the published types."""

from textwrap import shorten

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.first_seed import first_runs, of_first
from clear.benchmark.vocabulary import no_embedding, title, with_recipe

FIGURE = Figure(
    id="fig2c",
    title="Fig. 2C: river plots of {dataset}",
    caption="Cells flow from Leiden's clusters (left) to the published cell types (right); heights "
    "are numbers of cells. The clusters are those at the turning point: from where Leiden "
    "overclusters (at least 1.5 times as many clusters as types) the resolution is lowered in "
    "steps of 0.01 for as long as there are at least as many clusters as types. The labels thus "
    "pick the resolution, unlike in every track. First seed.",
    per=("dataset", "recipe"),
    reads=("scan", "flows", "runs", "manifest", "card"),
    order=11,
    category="Clustering",
    close_up=True,
)

BAR = 0.06  # width of a bar; a panel is 1 wide
GAP = 0.02  # between bars, as a share of all cells
LEAST_NAMED = 0.012  # share of cells below which a bar has no name


def draw(
    scan: pd.DataFrame,
    flows: pd.DataFrame,
    runs: pd.DataFrame,
    manifest: dict,
    card: dict,
    dataset: str,
    recipe: str,
) -> mpl.figure.Figure:
    """Draw one river for each method of the setting ``close_up``, which is its ``gid``.

    A method without clusters at a turning point has an empty panel that says why.
    """
    methods = manifest["config"]["close_up"]["methods"]
    heading = with_recipe(title(manifest["datasets"], dataset), recipe)
    if not methods:
        return style.words("No method of close_up.methods is in this run.")
    first = first_runs(runs, dataset, recipe)
    scan, flows = of_first(scan, first), of_first(flows, first)
    types = style.type_order(flows["cell_type"].unique(), card)
    colours = style.type_colours(types)
    with style.look():
        fig = style.new_figure(3.1 * len(methods), 4.2)
        for ax, method in zip(
            fig.subplots(1, len(methods), squeeze=False)[0], methods, strict=True
        ):
            ax.set_gid(method)
            ax.set_axis_off()
            name = title(manifest["methods"], method)
            mine = flows[flows["method"] == method]
            if mine.empty:
                ax.set_title(name)
                _say_why(ax, scan[scan["method"] == method], first["status"][method])
                continue
            (at,) = scan[(scan["method"] == method) & scan["turning_point"]].itertuples()
            ax.set_title(
                f"{name}\nresolution {at.resolution:.2f}, {at.n_clusters:.0f} clusters, "
                f"ARI {at.ari:.2f}"
            )
            _river(
                ax, mine.pivot(index="cluster", columns="cell_type", values="cells"), types, colours
            )
        fig.suptitle(heading, x=0.005, ha="left", fontweight="bold")
    return fig


def _say_why(ax: Axes, scanned: pd.DataFrame, status: str) -> None:
    words = "Leiden never overclusters" if len(scanned) else no_embedding(status)
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color="#666666")


def _river(ax: Axes, cells: pd.DataFrame, types: list[str], colours: dict[str, str]) -> None:
    """Draw flows; ``cells`` has a row for each cluster and a column for each type."""
    cells = cells[types].fillna(0)
    share = cells / cells.to_numpy().sum()
    # clusters beside the type that most of their cells are of, so that few ribbons cross
    main = share.to_numpy().argmax(axis=1)
    share = share.iloc[np.lexsort([-share.max(axis=1).to_numpy(), main])]
    tallest = 1 + GAP * (max(share.shape) - 1)
    left = _bottoms(share.sum(axis=1).to_numpy(), tallest)
    right = _bottoms(share.sum(axis=0).to_numpy(), tallest)
    for i, (cluster, row) in enumerate(share.iterrows()):
        colour = colours[row.idxmax()]
        _bar(ax, 0, left[i], row.sum(), colour)
        if row.sum() >= LEAST_NAMED:
            ax.text(-0.03, left[i] + row.sum() / 2, cluster, ha="right", va="center", fontsize=6.5)
    for j, name in enumerate(types):
        height = share[name].sum()
        _bar(ax, 1 - BAR, right[j], height, colours[name])
        ax.text(
            1.03,
            right[j] + height / 2,
            shorten(name, 22, placeholder="…"),
            va="center",
            fontsize=6.5,
        )
    # ribbons start and end where the one before ended; the top of a bar is its last
    at_left, at_right = left.copy(), right.copy()
    for i, row in enumerate(share.to_numpy()):
        for j, height in enumerate(row):
            if height > 0:
                _ribbon(ax, at_left[i], at_right[j], height, colours[types[j]])
                at_left[i] += height
                at_right[j] += height
    ax.set(xlim=(-0.15, 1.75), ylim=(tallest, 0))


def _bottoms(heights: np.ndarray, tallest: float) -> np.ndarray:
    """Return where each bar begins, with equal gaps that fill the height."""
    gap = (tallest - heights.sum()) / max(len(heights) - 1, 1)
    return np.concatenate([[0], np.cumsum(heights + gap)[:-1]])


def _bar(ax: Axes, x: float, y: float, height: float, colour: str) -> None:
    ax.add_patch(Rectangle((x, y), BAR, height, facecolor=colour, linewidth=0))


def _ribbon(ax: Axes, left: float, right: float, height: float, colour: str) -> None:
    """Draw a band with horizontal ends between the two columns of bars (a cubic Bézier curve)."""
    a, b = BAR, 1 - BAR
    middle = (a + b) / 2
    points = [(a, left), (middle, left), (middle, right), (b, right)]
    back = [
        (b, right + height),
        (middle, right + height),
        (middle, left + height),
        (a, left + height),
    ]
    curve = [Path.CURVE4] * 3
    codes = [Path.MOVETO, *curve, Path.LINETO, *curve]
    ax.add_patch(PathPatch(Path(points + back, codes), facecolor=colour, alpha=0.45, linewidth=0))
