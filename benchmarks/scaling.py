"""How training time scales with cells, genes and minibatch size.

Writes scaling.tsv, one row per size, and scaling.png. One of the three is varied at a time. The
sizes are timed alternately, so that other load on the machine affects all of them.
"""

# ruff: noqa: E402 (limit_spinning works only before PyTorch is loaded)
import argparse
import csv
import dataclasses
import statistics
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from clear.fast.threads import limit_spinning

limit_spinning()

import torch
from throughput import expression, seconds

from clear.fast.precision import PRECISIONS, choose_precision
from clear.model.train import train
from clear.presets import PAPER

USUAL = {"cells": 2048, "genes": 2000, "batch": 512}
SIZES = {
    "cells": (512, 1024, 2048, 4096, 8192),
    "genes": (500, 1000, 2000, 4000, 8000),
    "batch": (64, 128, 256, 512, 1024),
}
AXES = {"cells": "cells", "genes": "genes", "batch": "cells in a minibatch"}
COLUMNS = "varied", "cells", "genes", "batch", "precision", "threads", "device", "seconds"


def measure(sizes: dict, precision: str, device: str, repeats: int) -> list[dict]:
    """Time one epoch of the preset paper at each size; return a row per size (medians)."""
    rows = []
    for varied, values in sizes.items():
        for value in values:
            size = USUAL | {varied: value}
            size["batch"] = min(size["batch"], size["cells"])
            rows.append({"varied": varied, **size})
    times = [[] for _ in rows]
    for repeat in range(repeats + 1):
        for row, found in zip(rows, times, strict=True):
            pool = torch.from_numpy(expression(row["cells"], row["genes"])).to(device)
            preset = dataclasses.replace(
                PAPER, epochs=1, batch_size=row["batch"], learning_rate=1e-3
            )
            taken = seconds(lambda p=pool, s=preset: train(p, s, 0, precision=precision), device)
            if repeat:  # the first round compiles
                found.append(taken)
    where = {"precision": precision, "threads": torch.get_num_threads(), "device": device}
    return [
        row | where | {"seconds": round(statistics.median(found), 4)}
        for row, found in zip(rows, times, strict=True)
    ]


def draw(rows: list[dict], path: Path) -> None:
    """Draw seconds per epoch against each size, both on logarithmic axes."""
    kinds = list(dict.fromkeys(row["varied"] for row in rows))
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(3.2 * len(kinds), 3), sharey=True, squeeze=False, dpi=150
    )
    for axis, varied in zip(axes[0], kinds, strict=True):
        part = [row for row in rows if row["varied"] == varied]
        sizes, taken = [row[varied] for row in part], [row["seconds"] for row in part]
        axis.plot(sizes, taken, "o-", color="#0072b2", clip_on=False)
        if varied != "batch":
            line = [taken[-1] * size / sizes[-1] for size in sizes]
            axis.plot(sizes, line, ":", color="0.5", zorder=0, label="in proportion")
            axis.legend(frameon=False, loc="upper left", fontsize=8)
        axis.set(xscale="log", yscale="log", xlabel=AXES[varied])
        axis.xaxis.set_major_locator(FixedLocator(sizes))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("seconds per epoch")
    first = rows[0]
    figure.suptitle(
        f"Preset paper, {first['device']}, {first['precision']}, threads: {first['threads']}; "
        + ", ".join(f"{AXES[name]}: {size:,}" for name, size in USUAL.items())
        + " where not varied",
        fontsize=8,
    )
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(), help="folder (default: here)")
    for name, sizes in SIZES.items():
        parser.add_argument(f"--{name}", type=int, nargs="+", default=sizes)
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, help="threads of PyTorch (default: all)")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    precision = choose_precision(options.precision, torch.device(options.device))
    sizes = {name: getattr(options, name) for name in SIZES}
    rows = measure(sizes, precision, options.device, options.repeats)
    options.output.mkdir(parents=True, exist_ok=True)
    with (options.output / "scaling.tsv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    draw(rows, options.output / "scaling.png")


if __name__ == "__main__":
    main()
