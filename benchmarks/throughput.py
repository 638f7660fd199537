"""Training throughput in cells per second, and how close it is to the machine's limit.

Times alternately in one process: trainings by clear, with its kernels for the augmentations and
without them; the same method written cell by cell (per_cell.py); and two lower bounds, whatever the
rest of the code does: the matrix products of clear's steps alone, at the same sizes and precision,
and copying as many bytes as a step must read and write.
"""

# ruff: noqa: E402 (limit_spinning works only before PyTorch is loaded)
import argparse
import dataclasses
import datetime
import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from clear.fast.threads import limit_spinning

limit_spinning()  # before PyTorch is loaded, and for everything that is timed

import torch
from launches import launches, without_kernels
from limits import bytes_of_a_step, copying, matrix_products
from machine import processor
from per_cell import PerCell

from clear.fast.precision import PRECISIONS, choose_precision
from clear.model.train import train
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED, Preset

PRESETS = {
    "recommended": RECOMMENDED,
    "graph_diffusion": GRAPH_DIFFUSION,
    "paper": PAPER,
    "one-direction": dataclasses.replace(
        PAPER, name="one-direction", symmetrical_loss=False, batch_negatives=False
    ),
}


def expression(cells: int, genes: int) -> np.ndarray:
    """Simulate log-transformed counts (cells x genes, float32)."""
    random = np.random.default_rng(0)
    rates = random.gamma(0.3, 1.0, genes)
    return np.log1p(random.poisson(rates, (cells, genes))).astype(np.float32)


def seconds(work: Callable[[], object], device: str, clock: Callable[[], float]) -> float:
    """Time ``work``, including what it started on the device."""
    began = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - began


def measure(
    cells: int,
    genes: int,
    preset: Preset,
    precision: str = "auto",
    device: str = "cpu",
    repeats: int = 5,
    epochs: int = 3,
    cpu_time: bool = False,
) -> dict:
    """Time everything alternately; return medians, settings and machine.

    With ``cpu_time`` seconds are those that this process had a processor for, which other programs
    change little; the recipe cell by cell then has no workers.
    """
    clock = time.process_time if cpu_time else time.perf_counter
    precision = choose_precision(precision, torch.device(device))
    batch = min(preset.batch_size, cells)
    preset = dataclasses.replace(
        preset, epochs=epochs, min_steps=0, batch_size=batch, learning_rate=1e-3
    )
    values = expression(cells, genes)
    pool = torch.from_numpy(values).to(device)
    some = values[: max(4 * batch, 2048)]  # enough for the slow implementation
    by_workers = {
        workers: PerCell(some, preset, device, workers)
        for workers in ((0,) if cpu_time else (0, 2))
    }
    products = matrix_products(genes, preset, precision, device)
    copy = copying(bytes_of_a_step(genes, preset, precision), device)
    kernels = launches(pool, preset, precision)
    with without_kernels():
        kernels_without = launches(pool, preset, precision)

    def clear_training() -> dict[str, str]:
        return train(pool, preset, 0, precision=precision, verbose=False)[2]

    def torch_training() -> None:
        with without_kernels():
            clear_training()

    # The first round compiles, and shows whether worker processes are faster.
    computed_by = clear_training()
    for work in (torch_training, products, copy):
        work()
    by_cell = min(by_workers.values(), key=lambda training: seconds(training.epoch, device, clock))

    rounds = []
    steps = preset.steps_per_epoch(cells)
    seen = min(steps * batch, cells) * epochs  # without smaller minibatches that are dropped
    for _ in range(repeats):
        # Seconds per cell.
        ours = seconds(clear_training, device, clock) / seen
        fallback = seconds(torch_training, device, clock) / seen
        theirs = seconds(by_cell.epoch, device, clock) / len(some)
        ideal, moved = (
            seconds(lambda work=work: [work() for _ in range(steps)], device, clock) / steps / batch
            for work in (products, copy)
        )
        rounds.append(
            (1 / ours, 1 / fallback, 1 / theirs, theirs / ours, ideal / ours, moved / ours)
        )
    names = (
        *("cells_per_s", "fallback_cells_per_s", "per_cell_cells_per_s"),
        *("speedup", "matmul_fraction", "memory_fraction"),
    )
    medians = map(statistics.median, zip(*rounds, strict=True))
    return dict(zip(names, medians, strict=True)) | {
        "speedup_range": [min(r[3] for r in rounds), max(r[3] for r in rounds)],
        "matmul_fraction_range": [min(r[4] for r in rounds), max(r[4] for r in rounds)],
        "launches_per_step": kernels,
        "fallback_launches_per_step": kernels_without,
        "computed_by": computed_by,
        "per_cell_workers": by_cell.loader.num_workers,
        "preset": preset.name,
        "precision": precision,
        "threads": torch.get_num_threads(),
        "cells": cells,
        "genes": genes,
        "batch": batch,
        "repeats": repeats,
        "clock": "CPU time" if cpu_time else "wall time",
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "torch": torch.__version__,
        "processor": processor(),
        "date": datetime.date.today().isoformat(),
    }


def show(found: dict) -> None:
    """Print what was measured."""
    print("{cells} cells x {genes} genes, minibatches of {batch}, preset {preset}".format(**found))
    print(
        "{processor}, {device}, threads: {threads}, PyTorch {torch}, {date}, {clock}".format(
            **found
        )
    )
    print("clear ({precision}):  {cells_per_s:10,.0f} cells/s".format(**found))
    by = "; ".join(f"{what}: {words}" for what, words in found["computed_by"].items())
    print(f"computed by:   {by}")
    print("by PyTorch:    {fallback_cells_per_s:10,.0f} cells/s".format(**found))
    print(
        "cell by cell:  {per_cell_cells_per_s:10,.0f} cells/s (fp32, workers of the DataLoader: "
        "{per_cell_workers})".format(**found)
    )
    low, high = found["speedup_range"]
    print(f"speed-up:      {found['speedup']:10.1f} x ({low:.1f} to {high:.1f})")
    low, high = found["matmul_fraction_range"]
    print(
        f"matrix products alone take {found['matmul_fraction']:.0%} of clear's time "
        f"({low:.0%} to {high:.0%}), "
        f"copying the bytes of the steps {found['memory_fraction']:.0%}"
    )
    if found["launches_per_step"] is not None:
        print(
            "launches per step, without a graph: {launches_per_step}, with the augmentations of "
            "PyTorch: {fallback_launches_per_step}".format(**found)
        )
    else:
        print(
            "left out on a CPU: launches per step, CUDA graphs, and the kernels of Triton for "
            "augmentations, loss, weights and walks; --device cuda measures them"
        )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=2048)
    parser.add_argument("--genes", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--preset", choices=PRESETS, default="recommended")
    parser.add_argument("--precision", choices=PRECISIONS, default="auto")
    parser.add_argument("--threads", type=int, help="threads of PyTorch (default: all)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--epochs", type=int, default=3, help="epochs of a timed training (default: 3)"
    )
    parser.add_argument(
        "--cpu-time",
        action="store_true",
        help="count CPU time of this process, where other programs run; with --threads 1",
    )
    parser.add_argument("--json", action="store_true", help="write JSON")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("--device cuda: there is no CUDA device here")
    if options.threads:
        torch.set_num_threads(options.threads)
    preset = dataclasses.replace(PRESETS[options.preset], batch_size=options.batch)
    found = measure(
        options.cells,
        options.genes,
        preset,
        options.precision,
        options.device,
        options.repeats,
        options.epochs,
        options.cpu_time,
    )
    if options.json:
        print(json.dumps(found, indent=2))
        return
    show(found)


if __name__ == "__main__":
    main()
