"""Fig. 5F: fold changes of the genes of the lists in monocytes, by cells and by donors."""

import matplotlib as mpl
import numpy as np
import pandas as pd

from clear.benchmark.figures import study, style
from clear.benchmark.figures.figure import Figure

FIGURE = Figure(
    id="fig5f",
    title="Fig. 5F: ISGs and MHC genes in monocytes, {dataset}, {method}",
    caption="Log2 fold change against the first status in cells of the type above. cells: by "
    "the cells, as in the paper (ratio of means of 1 + counts per 10,000); donors: by DESeq2 on "
    "the sums of each donor. Dot: q < 0.05. Of a list with more than 25 genes those with the "
    "largest change, in the mean over the columns. Grey: not tested.",
    per=("dataset", "recipe", "method"),
    reads=("differential", "list_expression", "runs", "card"),
    order=55,
    category="Case study",
)

LISTS = ("ISG", "MHC I", "MHC II", "S100A8/A9")
MOST = 25  # genes of one list
LARGEST = 3.0  # of the colours; larger changes look the same
ROW, COLUMN = 0.155, 0.5  # inches


def draw(
    differential: pd.DataFrame,
    list_expression: pd.DataFrame,
    runs: pd.DataFrame,
    card: dict,
    dataset: str,
    recipe: str,
    method: str,
) -> mpl.figure.Figure:
    """Draw a block of rows per list, and two columns per status in each type."""
    if differential.empty:
        return study.no_cells(runs, card, dataset, recipe, method)
    kinds = [kind for kind in card["focus"] if kind in set(differential["type"])]
    if not kinds:
        return study.no_type(card)
    columns = [
        (kind, status, unit)
        for kind in kinds
        for status in card["statuses"][1:]
        for unit in ("cells", "donors")
    ]
    change, q = (_table(differential, columns, value) for value in ("log2fc", "q"))
    blocks = [(name, _chosen(list_expression, name, change)) for name in LISTS]
    blocks = [(name, genes) for name, genes in blocks if genes]
    if not blocks:
        return study.no_lists(LISTS)
    rows = sum(len(genes) for _, genes in blocks)
    with style.look():
        fig = style.new_figure(2.9 + COLUMN * len(columns), 1.9 + ROW * rows + 0.1 * len(blocks))
        axes = fig.subplots(len(blocks), 1, height_ratios=[len(g) for _, g in blocks], sharex=True)
        axes = np.atleast_1d(axes)
        for ax, (name, genes) in zip(axes, blocks, strict=True):
            image = _block(ax, change.loc[genes], q.loc[genes], name)
        labels = [f"{status}\n{unit}" for _, status, unit in columns]
        fig.align_ylabels(axes)
        axes[-1].set_xticks(range(len(columns)), labels, rotation=90, fontsize=6.5)
        _types(axes[0], [kind for kind, _, _ in columns])
        fig.colorbar(image, ax=axes, label="Log2 fold change", extend="both", shrink=0.4, aspect=20)
        study.say_absent(fig, card, kinds)
    return fig


def _table(differential: pd.DataFrame, columns: list[tuple], value: str) -> pd.DataFrame:
    """Return genes x columns of one value."""
    of = {key: part.set_index("gene") for key, part in differential.groupby(["type", "status"])}
    found = {
        (kind, status, unit): of[kind, status][f"{value}_{unit}"]
        for kind, status, unit in columns
        if (kind, status) in of
    }
    found = {key: column[~column.index.duplicated()] for key, column in found.items()}
    return pd.DataFrame(found).reindex(columns=pd.MultiIndex.from_tuples(columns))


def _chosen(lists: pd.DataFrame, name: str, change: pd.DataFrame) -> list[str]:
    genes = lists.loc[lists["list"] == name, "gene"].unique()
    genes = [gene for gene in genes if gene in change.index]
    mean = change.loc[genes].mean(axis=1)
    kept = mean.abs().nlargest(MOST).index
    return mean[kept].sort_values(ascending=False, kind="stable").index.tolist()


def _block(ax, change: pd.DataFrame, q: pd.DataFrame, name: str):
    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="#E5E5E5")
    image = ax.imshow(
        change.to_numpy(float), cmap=colours, vmin=-LARGEST, vmax=LARGEST, aspect="auto"
    )
    for row, column in zip(*np.nonzero(q.to_numpy(float) < 0.05), strict=True):
        strong = abs(change.iloc[row, column]) > 0.6 * LARGEST
        ax.scatter(column, row, s=5, color="white" if strong else "black", linewidths=0)
    ax.set_yticks(range(len(change)), change.index, fontsize=6, fontstyle="italic")
    ax.set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _types(ax, kinds: list[str]) -> None:
    """Name each type over its columns, with a line between two."""
    for kind in dict.fromkeys(kinds):
        places = [place for place, name in enumerate(kinds) if name == kind]
        ax.text(
            np.mean(places),
            1.02,
            kind,
            ha="center",
            va="bottom",
            transform=ax.get_xaxis_transform(),
        )
    for panel in ax.figure.axes:
        for place in range(1, len(kinds)):
            if kinds[place] != kinds[place - 1]:
                panel.axvline(place - 0.5, color="white", linewidth=4)
