"""Heat map of scores: datasets x methods, failures marked."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clear.benchmark.figures import style
from clear.benchmark.figures.figure import Figure
from clear.benchmark.figures.tracks import heading, ranked
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.vocabulary import (
    ESTIMATED_K,
    GIVEN_K,
    OWN_K,
    STATUSES,
    UNDEFINED,
    is_control,
    title,
    with_recipe,
)

FIGURE = Figure(
    id="heat",
    title="ARI of every method on every dataset",
    caption="Mean ARI over the seeds that have a score. A letter marks runs without one: alone "
    "where no seed has a score, beside the number where some have. Methods in the order "
    "of their rank over all datasets, controls last. A frame: the method's settings "
    "were chosen on this dataset, where it is not ranked. Empty: not planned. The "
    "clusters that a method makes itself, with its own number of them, are a track of "
    "their own.",
    per=("recipe",),
    reads=("statistics", "ranks", "manifest"),
    order=13,
    category="Statistics",
)

TRACKS_DRAWN = (GIVEN_K, ESTIMATED_K, OWN_K)
CELL = 0.42, 0.2  # inches


def draw(
    statistics: pd.DataFrame, ranks: pd.DataFrame, manifest: dict, recipe: str
) -> mpl.figure.Figure:
    """Draw a panel per track, one under the other; ``gid`` is the track."""
    parts = {track: ranked(statistics, recipe, track=track) for track in TRACKS_DRAWN}
    parts = {track: rows for track, rows in parts.items() if rows["mean"].notna().any()}
    if not parts:
        return style.words("No run has a score.")
    orders = {
        track: _order(ranked(ranks, recipe, track=track, dataset=ALL), manifest) for track in parts
    }
    # Not those of other tasks, which would be empty columns.
    there = set().union(*(part["dataset"] for part in parts.values()))
    datasets = [name for name in manifest["datasets"] if name in there]
    rows = [len(order) + 2.5 for order in orders.values()]
    with style.look():
        width, height = CELL
        fig = style.new_figure(max(5.5, 2.8 + width * len(datasets)), 1.2 + height * sum(rows))
        axes = fig.subplots(len(parts), 1, squeeze=False, gridspec_kw={"height_ratios": rows})[:, 0]
        for ax, (track, part) in zip(axes, parts.items(), strict=True):
            ax.set_gid(track)
            image = _panel(ax, part, orders[track], datasets, manifest["methods"])
            ax.set_title(heading(track), loc="left", fontweight="bold")
        names = [title(manifest["datasets"], name) for name in datasets]
        axes[-1].set_xticks(
            range(len(datasets)), names, rotation=45, ha="right", rotation_mode="anchor"
        )
        fig.colorbar(image, ax=axes, label="ARI", shrink=0.6, aspect=30, pad=0.02)
        found = {
            status for part in parts.values() for text in part["lost"] for status in lost_runs(text)
        }
        meanings = [f"{letter} {words}" for s, (letter, words) in _letters().items() if s in found]
        if meanings:
            fig.supxlabel("; ".join(meanings), fontsize="small")
        if with_recipe("", recipe):
            fig.suptitle(with_recipe("ARI", recipe), x=0.005, ha="left")
    return fig


def _letters() -> dict[str, tuple[str, str]]:
    return STATUSES | {UNDEFINED: ("?", "without a value")}


def _order(ranks: pd.DataFrame, manifest: dict) -> list[str]:
    control = [is_control(manifest["methods"][name]) for name in ranks["method"]]
    order = ranks.assign(control=control).sort_values(["control", "rank"], kind="stable")
    return order["method"].tolist()


def _panel(ax: Axes, rows: pd.DataFrame, order: list[str], datasets: list[str], cards: dict):
    means = rows.pivot(index="method", columns="dataset", values="mean").astype(float)
    means = means.reindex(index=order, columns=datasets)
    colours = mpl.colormaps["viridis"].with_extremes(bad="#EFEFEF")
    image = ax.imshow(means.to_numpy(), cmap=colours, vmin=0, vmax=1, aspect="auto")
    ax.set_yticks(range(len(order)), [title(cards, name) for name in order])
    ax.set_xticks(range(len(datasets)), [])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xticks(np.arange(len(datasets) + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(len(order) + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1)
    ax.tick_params(which="minor", length=0)
    for row in rows.itertuples():
        x, y = datasets.index(row.dataset), order.index(row.method)
        letters = "".join(_letters()[status][0] for status in lost_runs(row.lost))
        number = "" if np.isnan(row.mean) else _short(row.mean)
        dark = not np.isnan(row.mean) and row.mean < 0.6
        ax.text(
            x, y, " ".join(filter(None, [number, letters])), ha="center", va="center",
            fontsize=6, color="white" if dark else "#1A1A1A", gid=f"{row.dataset} {row.method}",
        )  # fmt: skip
        if row.dataset in cards[row.method].get("tuned_on", []):
            frame = mpl.patches.Rectangle(
                (x - 0.42, y - 0.38), 0.84, 0.76, fill=False, edgecolor="#D55E00", linewidth=1,
                gid=f"tuned {row.dataset} {row.method}",
            )  # fmt: skip
            ax.add_patch(frame)
    return image


def _short(value: float) -> str:
    text = f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1)
    return text.replace("-", "\N{MINUS SIGN}")
