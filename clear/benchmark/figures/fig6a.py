"""Fig. 6A: UMAP of an atlas by type and by cluster."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from clear.benchmark.casestudy.composition import named
from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig6a",
    title="Fig. 6A: {dataset}, {method}",
    caption="UMAP of the embedding with the first seed. Left: the type of each cell's cluster, "
    "which the declared markers name (the paper named them by hand). Unsure: no type of the table "
    "leads by enough. Right: the clusters (Leiden), numbered by size; a number stands at the "
    "median of its cells.",
    per=("dataset", "recipe", "method"),
    reads=("study_umap", "study_clusters", "study_types", "study_map", "dots", "runs"),
    order=62,
    category="Case study",
    atlas=True,
)


def draw(
    study_umap: pd.DataFrame,
    study_clusters: pd.DataFrame,
    study_types: pd.DataFrame,
    study_map: dict,
    dots: pd.DataFrame,
    runs: pd.DataFrame,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw the same plane twice."""
    if study_umap.empty:
        return study.nothing(runs, dataset, recipe, method)
    points = study_umap.merge(study_clusters, on="cell")
    points["type"] = points["cell"].map(named(study_types))
    # so that no value hides another by its place
    points = points.sample(frac=1, random_state=0)
    of_types = study.colours_of_types(dots)
    numbers = sorted(points["cluster"].unique(), key=int)
    with style.look():
        fig = style.new_figure(9.6, 4.6)
        left, right = fig.subplots(1, 2)
        _plane(left, points, "type", of_types)
        _plane(right, points, "cluster", style.type_colours(numbers))
        for number, place in points.groupby("cluster")[["x", "y"]].median().iterrows():
            right.text(
                *place, number, fontsize=6.5, ha="center", va="center",
                bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": 0.3},
            )  # fmt: skip
        right.set_title(f"{len(numbers)} clusters, in colours of their own")
        left.set_title(f"{len(points):,} cells by type")
        sizes = points["type"].value_counts()
        handles = [
            Line2D([], [], linestyle="", marker="o", markersize=5, color=colour,
                   label=f"{kind} ({sizes.get(kind, 0):,})")
            for kind, colour in of_types.items()
        ]  # fmt: skip
        fig.legend(
            handles=handles, loc="outside right center", title="Type (cells)", alignment="left",
            handletextpad=0.2, fontsize=7,
        )  # fmt: skip
        fig.supxlabel(how(study_map), fontsize=6, color="#666666")
    return fig


def how(record: dict) -> str:
    """Return in words how neighbours, clusters and layout were computed."""
    engine = {"cpu": "CPU", "rapids": "GPU (RAPIDS)"}[record["engine"]]
    versions = [f"{name} {it}" for name, it in record["versions"].items() if name != "python"]
    seconds = sum(record["seconds"].values())
    return (
        f"{record['n_neighbors']} neighbours, {record['neighbours']}; Leiden at resolution "
        f"{record['resolution']:g}; {engine}: {', '.join(versions)}; {seconds:,.0f} s"
    )


def _plane(ax: Axes, points: pd.DataFrame, by: str, colours: dict[str, str]) -> None:
    n = len(points)
    ax.scatter(
        points["x"], points["y"], c=points[by].map(colours),
        s=float(np.clip(8_000 / n, 0.1, 14)), linewidths=0, rasterized=n > study.RASTERISE_ABOVE,
    )  # fmt: skip
    study.bare(ax)
