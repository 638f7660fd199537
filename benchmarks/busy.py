"""Time of a training on an idle machine, and beside processes that keep all cores busy.

Each is a new process, in turns. Other load on the machine makes both slower.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

FIT = """
import dataclasses, sys, time
import anndata
from clear import CLEAR
from clear.presets import RECOMMENDED
adata = anndata.read_h5ad(sys.argv[1])

def fit(steps):
    preset = dataclasses.replace(RECOMMENDED, epochs=1, min_steps=steps)
    began = time.perf_counter()
    CLEAR(preset, device="cpu", n_top_genes=2000).fit_transform(adata, counts=True)
    return time.perf_counter() - began

fit(1)  # loads everything
print(fit(int(sys.argv[2])))
"""
BUSY = "while True: pass"


def seconds(file: str, steps: int, busy: int) -> float:
    """Time one training beside ``busy`` other processes."""
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(busy)]
    try:
        command = [sys.executable, "-c", FIT, file, str(steps)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        for other in others:
            other.kill()
            other.wait()
    return float(done.stdout)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="an .h5ad with counts or another linear scale in X")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--busy", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    pairs = [
        [seconds(options.file, options.steps, busy) for busy in (0, options.busy)]
        for _ in range(options.repeats)
    ]
    alone, beside = map(statistics.median, zip(*pairs, strict=True))
    found = {"alone_s": alone, "beside_s": beside, "ratio": beside / alone, "pairs": pairs}
    print(json.dumps(found | {"busy": options.busy, "cores": os.cpu_count()}))


if __name__ == "__main__":
    main()
