"""One look for every figure: settings, colours, markers and how a figure is saved."""

import os
import re
from collections import Counter
from contextlib import contextmanager
from textwrap import fill, shorten, wrap

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from clear.benchmark.vocabulary import STATUSES, is_control, method_order, status_words
from clear.files.atomic import atomic_path

RC = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same everywhere
    "font.size": 8,
    "axes.titlesize": "medium",
    "axes.labelsize": "medium",
    "xtick.labelsize": "medium",
    "ytick.labelsize": "small",
    "legend.fontsize": "medium",
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "pdf.fonttype": 42,  # TrueType, so that text stays text in an editor
    "figure.facecolor": "white",
}

# Okabe and Ito's colours without yellow and black, which are too light and too heavy for
# points on white, and Paul Tol's wine. With five markers, 35 methods differ; the order keeps the
# two triangles of one colour, the pair that is hardest to tell apart, fourteen methods apart.
METHOD_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255")
METHOD_MARKERS = ("o", "^", "v", "s", "D")
METHOD_DASHES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
CONTROL_COLOURS = ("#8C8C8C", "#5A5A5A")
CONTROL_MARKERS = ("P", "X", "*")
REMARK_COLOUR, STRIP = "#8A1C00", 0.15  # of a remark below a figure; its height in inches

# Six of Okabe and Ito's colours; then each next colour is the one farthest in OKLab from all
# before it, as seen with normal vision, deuteranopia and protanopia (Machado et al. 2009).
TYPE_COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#660A1F", "#3DF58F",
    "#8F00FF", "#330099", "#3D5C00", "#AD1470", "#D652FF", "#D6C2CC", "#003D47", "#7033A3",
    "#85C28F", "#00EBFF", "#D6D600", "#856647", "#0000E0", "#857AD6", "#E000AD", "#FF3D7A",
    "#5C4747", "#FF7AE0", "#AD1400", "#00CC52", "#5C0070", "#008FFF", "#5252D6", "#995C8F",
    "#005C70", "#D62947", "#FF997A", "#A38552", "#ADA3A3", "#3D3D85", "#A3C2FF", "#5214C2",
)  # fmt: skip

# Paul Tol's muted colours, none of which is a type's: a figure may show batches beside types.
BATCH_COLOURS = (
    "#332288", "#CC6677", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933",
    "#AA4499",
)  # fmt: skip


@contextmanager
def look(scale: float = 1):
    """Draw inside this block to get the settings of :data:`RC` and nothing of the user's.

    ``scale`` is a factor on all text, for figures so wide that they are shown smaller.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC | {"font.size": RC["font.size"] * scale})
        yield


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of this size in inches, whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def legend_above(fig: Figure, handles: list, **options):
    """Put a legend above the axes of a figure, in as many columns as its width has room for."""
    for columns in range(len(handles), 0, -1):
        legend = fig.legend(
            handles=handles, loc="outside upper center", ncols=columns, columnspacing=1.2, **options
        )
        if columns == 1 or legend.get_window_extent().width <= fig.bbox.width:
            return legend
        legend.remove()


def words(text: str, reason: str = "") -> Figure:
    """Return a figure that says in words why there is nothing to draw."""
    lines = [text, *wrap(shorten(reason, 400), 110)]
    with look():
        fig = new_figure(6.5, 0.6 + 0.16 * len(lines))
        fig.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color="#666666")
    return fig


def why_empty(runs, otherwise: str, most: int, width: int) -> str:
    """Return what a panel says where a method has nothing to show: what became of its runs.

    Parameters
    ----------
    runs : pandas.DataFrame
        The rows of the method in the table of runs.
    otherwise
        What it says where every run succeeded.
    most, width
        Characters of the first run's reason, and of a line.
    """
    found = [status for status in STATUSES if status in set(runs["status"])]
    lines = [", ".join(map(status_words, found)) or otherwise]
    reasons = runs[runs["status"] != "ok"]["message"].replace("", None).dropna()
    if len(reasons):
        lines += ["", fill(shorten(reasons.iloc[0], most, placeholder=" ..."), width)]
    return "\n".join(lines)


def method_styles(manifest: dict) -> dict[str, dict]:
    """Return ``{method: {"color", "marker"}}`` in drawing order; controls are grey."""
    styles, counts = {}, {True: 0, False: 0}
    for name in method_order(manifest):
        control = is_control(manifest["methods"][name])
        colours = CONTROL_COLOURS if control else METHOD_COLOURS
        markers = CONTROL_MARKERS if control else METHOD_MARKERS
        i = counts[control]
        styles[name] = {"color": colours[i % len(colours)], "marker": markers[i % len(markers)]}
        counts[control] += 1
    return styles


def line_styles(manifest: dict) -> dict[str, dict]:
    """Return :func:`method_styles` for lines: those of one colour differ in their dashes, too."""
    styles, seen = method_styles(manifest), Counter()
    for look in styles.values():
        look["linestyle"] = METHOD_DASHES[seen[look["color"]] % len(METHOD_DASHES)]
        seen[look["color"]] += 1
    return styles


def type_order(types, card: dict) -> list[str]:
    """Order cell types: by stage where the card's stages name them all, else by name.

    Numbers within names are ordered as numbers, so that ``type2`` comes before ``type10``.
    """
    stages = [str(stage) for stage in card.get("stages") or []]
    if set(types) <= set(stages):
        return [stage for stage in stages if stage in set(types)]

    def natural(name: str) -> list:
        return [(not s.isdigit(), int(s) if s.isdigit() else s) for s in re.split(r"(\d+)", name)]

    return sorted(types, key=lambda name: natural(name.lower()))


def type_colours(types: list[str]) -> dict[str, str]:
    """Return a colour per cell type, in the order given; they repeat after forty."""
    return {name: TYPE_COLOURS[i % len(TYPE_COLOURS)] for i, name in enumerate(types)}


def batch_colours(batches: list[str]) -> dict[str, str]:
    """Return a colour per batch, in the order given; after nine they are those of types."""
    colours = [*BATCH_COLOURS, *reversed(TYPE_COLOURS)]
    return {name: colours[i % len(colours)] for i, name in enumerate(batches)}


def save(
    fig: Figure, path_pdf: str | os.PathLike, path_png: str | os.PathLike, remark: str = ""
) -> None:
    """Write a figure as PDF (fonts embedded as TrueType) and as PNG (200 dpi).

    The same figure gives the same bytes: no date is written. Both files appear, or neither. A
    ``remark`` stands in a strip of its own below the figure, which takes nothing from it.
    """
    with look(), atomic_path(path_pdf) as pdf, atomic_path(path_png) as png:
        size = {"bbox_inches": _with_strip(fig, remark)} if remark else {}
        undated = {"CreationDate": None, "ModDate": None}
        # dpi of rasterised points
        fig.savefig(pdf, format="pdf", dpi=300, metadata=undated, **size)
        fig.savefig(png, format="png", dpi=200, **size)


def _with_strip(fig: Figure, remark: str) -> Bbox:
    """Write a remark below a figure, and return the figure's area with it, in inches."""
    width, height = fig.get_size_inches()
    place = (0.05 / width, -STRIP / 2 / height)
    text = fig.text(*place, remark, fontsize=6, color=REMARK_COLOUR, va="center", clip_on=False)
    text.set_in_layout(False)
    return Bbox([[0, -STRIP], [width, height]])
