"""What a cluster's scheduler has given to this run: which job of SLURM it is, and until when."""

import os
import subprocess
import time

#: Seconds before the end of a job at which a method is stopped: its processes get SIGTERM and
#: SIGKILL, and the record is written. SLURM would leave nothing that can write one.
MARGIN_S = 20.0
#: Environment variable that the workflow sets where it submits each run as a job of its own. Where
#: it runs as a whole inside a job, runs that the end of that job cuts off are for the next one.
SUBMITTED = "CLEAR_RUN_PER_JOB"


def job_id():
    """Return the id of the job of SLURM as str; None outside of one."""
    return os.environ.get("SLURM_JOB_ID")


def seconds_left():
    """Return for how many seconds a method may still run in this job; None where nothing ends it.

    Older versions of SLURM (22.05, for one) do not set ``SLURM_JOB_END_TIME``; there ``squeue``
    is asked for the time left.
    """
    if job_id() is None or SUBMITTED not in os.environ:
        return None
    end = os.environ.get("SLURM_JOB_END_TIME", "")
    left = float(end) - time.time() if end.isdigit() else _seconds(_time_left())
    return None if left is None else max(left - MARGIN_S, 0.0)


def _time_left():
    command = ["squeue", "--noheader", "--format=%L", "--jobs=" + job_id()]
    try:
        answer = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode("utf-8", "replace").strip()


def _seconds(text):
    """Return SLURM's [days-][[hours:]minutes:]seconds as a number; None for any other text."""
    days, _, clock = text.rpartition("-")
    parts = clock.split(":")
    if not (days or "0").isdigit() or not all(part.isdigit() for part in parts):
        return None  # UNLIMITED, INVALID, NOT_SET
    total = 0
    for part in parts:
        total = 60 * total + int(part)
    return 86400 * int(days or 0) + total
