"""A run in a job of SLURM ends before the job does, and says which job it was."""

import time

import pytest

from clear.benchmark.methods.runner import allocation

HANGS = "import time; time.sleep(600)"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("9", 9),
        ("1:30", 90),
        ("2:00:05", 7205),
        ("3-01:00:00", 262800),
        ("UNLIMITED", None),
        ("INVALID", None),
        ("", None),
    ],
)
def test_time_left_as_squeue_says_it(monkeypatch, tmp_path, text, seconds):
    program = tmp_path / "squeue"
    program.write_text(f'#!/bin/sh\ntest "$3" = --jobs=7 && echo "{text}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.delenv("SLURM_JOB_END_TIME", raising=False)
    monkeypatch.delenv(allocation.SUBMITTED, raising=False)
    assert allocation.seconds_left() is None  # not a job of this run alone
    monkeypatch.setenv(allocation.SUBMITTED, "1")
    left = allocation.seconds_left()
    assert left == (None if seconds is None else max(seconds - allocation.MARGIN_S, 0))


def test_a_method_is_stopped_before_its_job_ends(run):
    def variables(seconds):
        end = str(int(time.time() + seconds + allocation.MARGIN_S))
        return {"SLURM_JOB_ID": "7", allocation.SUBMITTED: "1", "SLURM_JOB_END_TIME": end}

    cut = run(HANGS, minutes=5, variables=variables(3)).status
    assert (cut["status"], cut["slurm_job"]) == ("timeout", "7")
    assert (
        cut["message"]
        == "stopped 20 seconds before the end of its job of SLURM, whose runtime is too short"
    )
    own = run(HANGS, minutes=0.03, variables=variables(600)).status
    assert own["message"] == "stopped at its time limit of 0.03 minutes"
