"""The course of trainings: what contrastive learning is watched by, epoch by epoch."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from clear.benchmark.figures import style

MEASURES = {
    "loss": "loss / ln(1 + K)",
    "accuracy": "positives\npicked (share)",
    "embedding_sd": "sd of embedding\n(share of maximum)",
    "alignment": "alignment\n(0: equal)",
    "uniformity": "uniformity\n(0: one point)",
}
# Dashes as well as colours: where two curves lie on each other both can be seen.
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)))


def draw(curves: pd.DataFrame, presets: list[str], datasets: list[str]) -> Figure:
    """Draw a row of panels per measure and a column per dataset.

    Parameters
    ----------
    curves
        Columns preset, dataset, seed, epoch (from 1) and those of :data:`MEASURES`: ``loss``
        and ``embedding_sd`` as shares of ln(1 + K) and of the most that is possible.
    presets, datasets
        In the order of colours and of columns.

    Returns
    -------
    matplotlib.figure.Figure
        Panels with ``"measure dataset"`` as ``gid``. A thin line per seed, a thick one for
        their mean.
    """
    with style.look():
        size = (0.9 + 1.55 * max(len(datasets), 2), 0.8 + 1.15 * len(MEASURES))
        fig = Figure(figsize=size, layout="constrained")
        grid = fig.subplots(len(MEASURES), len(datasets), sharex=True, sharey="row", squeeze=False)
        for axes, (measure, label) in zip(grid, MEASURES.items(), strict=True):
            for ax, dataset in zip(axes, datasets, strict=True):
                ax.set_gid(f"{measure} {dataset}")
                ax.grid(color="#E4E4E4", linewidth=0.5)
                for preset, look in _styles(presets).items():
                    mine = curves[(curves["preset"] == preset) & (curves["dataset"] == dataset)]
                    lines = mine.pivot(index="epoch", columns="seed", values=measure)
                    if lines.empty:
                        continue
                    ax.plot(lines, color=look["color"], linewidth=0.5, alpha=0.35)
                    ax.plot(lines.mean(axis=1), linewidth=1.3, **look)
            axes[0].set_ylabel(label)
        for ax, dataset in zip(grid[0], datasets, strict=True):
            ax.set_title(dataset, fontweight="bold", fontsize=7.5)
        for ax in grid[-1]:
            ax.set_xlabel("epoch")
        handles = [Line2D([], [], label=name, **look) for name, look in _styles(presets).items()]
        fig.legend(handles=handles, loc="outside upper center", ncols=len(handles), handlelength=3)
    return fig


def _styles(presets: list[str]) -> dict[str, dict]:
    colours = style.METHOD_COLOURS
    return {
        name: {"color": colours[i % len(colours)], "linestyle": DASHES[i % len(DASHES)]}
        for i, name in enumerate(presets)
    }
