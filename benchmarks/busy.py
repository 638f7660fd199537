"""Time of a training on an idle machine, and beside processes that keep all cores busy.

Each is a new process, in turns. Other load on the machine makes both slower. An empty loop of as
much CPU time shows what the scheduler leaves to one thread: three threads on two cores take 1.5
times as long.
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
    CLEAR(preset, device="cpu", n_top_genes=2000).fit_transform(adata, counts=True)

def loop(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

def timed(function, argument):
    began, used = time.perf_counter(), time.process_time()
    function(argument)
    return time.perf_counter() - began, time.process_time() - used

fit(1)  # loads everything
wall, cpu = timed(fit, int(sys.argv[2]))
print(wall, cpu, timed(loop, cpu)[0])
"""
BUSY = "while True: pass"


def seconds(file: str, steps: int, busy: int) -> list[float]:
    """Return wall and CPU time of a training, and the loop's wall time, beside ``busy`` others."""
    others = [
        subprocess.Popen([sys.executable, "-c", BUSY], start_new_session=True) for _ in range(busy)
    ]
    try:
        command = [sys.executable, "-c", FIT, file, str(steps)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    finally:
        for other in others:
            other.kill()
            other.wait()
    return [float(number) for number in done.stdout.split()]


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
    found = {"busy": options.busy, "cores": os.cpu_count(), "pairs": pairs}
    for i, name in enumerate(("fit_s", "fit_cpu_s", "loop_s")):
        alone, beside = (statistics.median(pair[k][i] for pair in pairs) for k in (0, 1))
        found[name] = {"alone": alone, "beside": beside, "ratio": beside / alone}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
