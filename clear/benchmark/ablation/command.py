"""The command that fills the table of an ablation."""

import math
from collections.abc import Callable
from pathlib import Path

from clear.benchmark.ablation.plan import Arm
from clear.benchmark.ablation.provenance import code_hash
from clear.benchmark.ablation.run import prepare_dataset
from clear.benchmark.ablation.schedule import remaining_seconds, waiting
from clear.benchmark.ablation.store import append, identity, read
from clear.benchmark.ablation.work import work
from clear.benchmark.cards import read_yaml, validate
from clear.benchmark.code_hash import ROOT

OUT, RUNS = Path("results/ablation"), "runs.jsonl"


def sources() -> str:
    """Return the hash of the code that a run depends on."""
    return code_hash(Path(__file__).with_name("run.py"))


def ablate(
    arms: list[Arm],
    data: Path,
    datasets: list[str],
    seeds: int,
    jobs: int,
    out: Path,
    say: Callable[[str], None],
) -> None:
    """Do what is not done yet of the ablation; each run is in the table as soon as it ends.

    Parameters
    ----------
    arms
        What to train.
    data
        Folder with the datasets, ``<id>.h5ad``.
    datasets
        Their ids.
    seeds
        Number of seeds, from 0.
    jobs
        Runs side by side, each on one thread.
    out
        Gets ``runs.jsonl`` and the prepared datasets.
    say
        Told how things stand after each run.

    Raises
    ------
    ClearError
        When a dataset cannot be had or prepared, or a process was killed.
    """
    schema = read_yaml(ROOT / "config/schemas/config.schema.yaml")
    settings = validate(read_yaml(ROOT / "config/config.yaml"), schema, "config/config.yaml")
    table = out / RUNS
    runs = waiting(arms, datasets, seeds, sources(), read(table))
    say(f"{len(runs)} runs to do; those in {table} are done.")
    needed = sorted({run.dataset for run in runs})
    cells = {
        name: prepare_dataset(data / f"{name}.h5ad", out / "data" / name, settings["prepare"])
        for name in needed
    }
    left, finished = {identity(run.row): run for run in runs}, []
    for run, results, seconds in work(runs, out / "data", settings["scores"], jobs):
        append(table, run.row | results)
        finished.append((run, seconds))
        del left[identity(run.row)]
        minutes = remaining_seconds(left.values(), finished, cells, jobs) / 60
        left_over = "" if math.isnan(minutes) else f"; about {minutes:.0f} min left"
        outcome = f"ARI {results['ari']:.2f}" if results["status"] == "ok" else results["message"]
        say(
            f"{len(finished)} of {len(runs)}: {run.arm.design} {run.arm.name}, {run.dataset}, "
            f"seed {run.seed}: {outcome} ({seconds:.0f} s){left_over}"
        )
