"""The workflow on a real SLURM: what it gives to whom, and what it kills."""

import json
import re
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

HELPERS = runpy.run_path(str(Path(__file__).with_name("slurm_cluster.py")))
EMBEDS = """
from contract import read_input, read_params, write_embedding

params = read_params()
data = read_input(params)
"""
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
    deadline = time.monotonic() + 300
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.3)


DEMO = [
    "run=demo",
    "datasets=[simulated_linear]",
    "methods=[clear,pca]",
    "seeds=[0,1]",
    "recipes=[standard]",
    "perturbations={}",
    "close_up={datasets: [simulated_linear], methods: [pca]}",
    "device=auto",  # on a cluster the demo may ask for GPUs
]


@pytest.mark.timeout(900)
def test_the_demo_after_an_interrupt_and_a_time_limit(
    repository, slurm, submit, snakemake, cards, add_method, tmp_path
):
    add_method(cards, "slow", EMBEDS + SLEEPS, stochastic=False, limits={"minutes": 30})
    config = ["--config", "run=r", f"extra_cards={cards}", "datasets=[tiny]", "methods=[slow]"]
    demo, one_minute = tmp_path / "demo", tmp_path / "one_minute"
    demo.mkdir(), one_minute.mkdir()
    data = "tiny/standard/none"
    snakemake(one_minute, *config, "--", f"results/r/data/{data}")
    small = ["--default-resources", "mem_mb=500", "runtime=10", "--set-resources"]
    order = ["--configfile", str(repository / "config/demo.yaml"), "--config", *DEMO]
    order += [*small, "method_clear:mem_mb=900", "method_pca:mem_mb=500"]

    # An interrupt cancels the jobs.
    first = submit(demo, *order)
    wait(lambda: "gpu RUNNING" in queue(slurm, "RUNNING"))
    first.send_signal(signal.SIGINT)
    assert first.wait(60) != 0
    wait(lambda: not queue(slurm, "PENDING,RUNNING,COMPLETING"))
    results = demo / "results/demo"
    assert not (results / "scores.tsv").exists()

    # What SLURM would kill at its time limit is a record; the same command goes on.
    target = f"results/r/methods/{data}/slow/seed0"
    order_slow = [*config, *small, "method_slow:runtime=1", "method_slow:mem_mb=500", "--", target]
    slow, again = submit(one_minute, *order_slow), submit(demo, *order)
    code, said = slow.wait(800), (one_minute / "snakemake1.log").read_text()
    if (one_minute / target).exists():
        assert code == 0, said[-3000:]
        record = json.loads((one_minute / target / "status.json").read_text())
        assert record["status"] == "timeout" and "its job of SLURM" in record["message"]
    else:  # the machine was so busy that the minute was over before the method began
        assert code != 0 and re.search("Error in rule method_slow:\n.*is: 'TIMEOUT'", said)
    code, said = again.wait(800), (demo / "snakemake2.log").read_text()
    assert code == 0, said[-3000:]
    runs = pd.read_csv(results / "runs.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert (runs["status"] == "ok").all() and (runs["host"] != "").all()
    assert runs["slurm_job"].nunique() == 4 and runs["slurm_job"].str.isdigit().all()
    by_method = runs.groupby("method")["gpu"].apply(set)
    assert by_method["clear"] <= {"0", "1"} and by_method["pca"] == {"NA"}
    assert len(pd.read_csv(results / "scores.tsv", sep="\t")) > 40
    assert (results / "report/index.html").stat().st_size > 100_000
    said += (demo / "snakemake0.log").read_text()
    assert "Submitted array job" in said
    went = set(re.findall(r"partition '(\w+)' for job (\w+)", said))
    assert {("gpu", "method_clear"), ("cpu", "method_pca"), ("cpu", "figure_qc")} <= went
    # Tables, and figures of tables, are made where the command was given.
    assert not {"collect", "statistics", "figure_heat", "page"} & {job for _, job in went}


def test_arrays_that_would_wait_for_ever_are_refused(slurm, submit, cards, tmp_path):
    config = ["--config", "run=r", f"extra_cards={cards}", "datasets=[tiny]", "methods=[pca]"]
    refused = submit(tmp_path, *config, "--jobs", "2")
    assert refused.wait(100) != 0
    assert "give --jobs 10000 or more, or no arrays" in (tmp_path / "snakemake0.log").read_text()
