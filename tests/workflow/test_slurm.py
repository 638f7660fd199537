"""The workflow on a real SLURM: what it gives to whom, and what it kills."""

import json
import re
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HELPERS = runpy.run_path(str(Path(__file__).with_name("slurm_cluster.py")))
EMBEDS = """
from contract import read_input, read_params, write_embedding

params = read_params()
data = read_input(params)
"""
WRITES = "write_embedding(params, data.dense('X')[:, :4], data.cells)\n"
SLEEPS = "import time; time.sleep(600)\n"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    """Environment variables of a private SLURM."""
    if why := HELPERS["missing"]():
        pytest.skip(why)
    with HELPERS["cluster"](tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture
def submit(repository, slurm):
    """Start Snakemake with the profile for SLURM; what still runs at the end is killed."""
    started = []
    profile = repository / "profiles/slurm"

    def start(folder: Path, *arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "snakemake", "-s", str(repository / "Snakefile")]
        command += ["-d", str(folder), "--workflow-profile", str(profile)]
        command += ["--slurm-partition-config", str(profile / "partitions.yaml")]
        # quicker than on a cluster
        command += ["--seconds-between-status-checks", "1", "--latency-wait", "5"]
        command += ["--slurm-init-seconds-before-status-checks", "1"]
        log = (folder / f"snakemake{len(started)}.log").open("w")
        started.append(
            subprocess.Popen(
                [*command, *arguments],
                env=slurm,
                cwd=repository,
                stdout=log,
                stderr=log,
                # A shell lets what it starts in the background ignore interrupts, tests included.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def queue(slurm, states: str) -> list[str]:
    """Return partition and state of the jobs in these states."""
    return HELPERS["ask"](slurm, "squeue", "-h", f"--states={states}", "-o", "%P %T").splitlines()


def wait(ready) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + 120
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.3)


@pytest.mark.timeout(600)
def test_gpus_interrupts_and_time_limits(slurm, submit, snakemake, cards, add_method, tmp_path):
    add_method(cards, "plain", EMBEDS + WRITES, stochastic=False)
    show = "import os; print('sees', os.environ['CUDA_VISIBLE_DEVICES'])\n"
    add_method(cards, "on_gpu", EMBEDS + show + WRITES, gpu=True)
    add_method(cards, "slow", EMBEDS + SLEEPS, stochastic=False, limits={"minutes": 30})
    config = ["--config", "run=r", f"extra_cards={cards}", "datasets=[tiny]", "seeds=[0,1]"]
    config += ["methods=[plain,on_gpu,slow]"]
    data, runs = "tiny/standard/none", tmp_path / "results/r/methods/tiny/standard/none"
    snakemake(tmp_path, *config, "--", f"results/r/data/{data}")
    wanted = ["plain/seed0", "on_gpu/seed0", "on_gpu/seed1", "slow/seed0"]
    targets = [f"results/r/methods/{data}/{run}" for run in wanted]
    small = [f"method_{name}:mem_mb=500" for name in ("plain", "on_gpu", "slow")]
    order = [*config, "--set-resources", *small, "method_slow:runtime=1", "--", *targets]

    # An interrupt cancels the jobs.
    first = submit(tmp_path, *order)
    wait(lambda: "gpu RUNNING" in queue(slurm, "RUNNING"))
    first.send_signal(signal.SIGINT)
    assert first.wait(60) != 0
    wait(lambda: not queue(slurm, "PENDING,RUNNING,COMPLETING"))
    assert not (runs / "slow/seed0").exists()

    # The same command goes on.
    code, said = submit(tmp_path, *order).wait(400), (tmp_path / "snakemake1.log").read_text()
    if (runs / "slow/seed0").exists():  # what SLURM would kill at its time limit is a record
        assert code == 0, said[-3000:]
        slow = json.loads((runs / "slow/seed0/status.json").read_text())
        assert slow["status"] == "timeout" and "its job of SLURM" in slow["message"]
    else:  # the machine was so busy that the minute was over before the method began
        assert code != 0 and re.search("Error in rule method_slow:\n.*is: 'TIMEOUT'", said)
    started = [run for run in wanted if "slow" not in run]
    records = {run: json.loads((runs / run / "status.json").read_text()) for run in started}
    assert {record["status"] for record in records.values()} == {"ok"}, said[-3000:]
    assert all(record["host"] and record["slurm_job"].isdigit() for record in records.values())
    assert records["plain/seed0"]["gpu"] is None
    for seed in range(2):
        record = records[f"on_gpu/seed{seed}"]
        assert record["gpu"] in ("0", "1")
        assert f"sees {record['gpu']}\n" in (runs / f"on_gpu/seed{seed}/output.log").read_text()
    assert "Submitted array job" in (tmp_path / "snakemake0.log").read_text()


def test_arrays_that_would_wait_for_ever_are_refused(slurm, submit, cards, tmp_path):
    config = ["--config", "run=r", f"extra_cards={cards}", "datasets=[tiny]", "methods=[pca]"]
    refused = submit(tmp_path, *config, "--jobs", "2")
    assert refused.wait(100) != 0
    assert "give --jobs 10000 or more, or no arrays" in (tmp_path / "snakemake0.log").read_text()
