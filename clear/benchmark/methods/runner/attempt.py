"""One attempt at a job: start the method, judge how it ended, have its outputs checked."""

import contextlib
import json
import os
import socket
import time

from clear.benchmark.methods.runner import allocation, given, gpu, verdict, watch
from clear.benchmark.methods.runner.job import (
    IDENTITY,
    check_command,
    command,
    environment,
    shown_command,
)
from clear.benchmark.methods.runner.wall import wall

#: How much of the end of a method's output is searched for the reason of a failure, in bytes.
LOG_END = 200000
#: What the record takes from the launcher's report.
REPORTED = ("python", "R", "versions", "device", "peak_gpu_memory_mb", "computed_by")


class NotStarted(Exception):
    """There is a reason not to start the method at all: (status, message)."""


def attempt(job, part, work, cancel):
    """Run a method in the folder ``work`` and return the content of its status file.

    Parameters
    ----------
    job : dict
        From `order.complete`.
    part : str
        The folder for what is kept: ``output.log`` is written there.
    work : str
        An empty folder. What a method left in it is read with care: it may be a link.
    cancel : watch.Cancel
        Asked several times a second.

    Returns
    -------
    dict
        Times in seconds, memory in MiB (MB) and limits in GiB (GB); None where nothing ran.
    """
    status = _record(job)
    log_path = os.path.join(part, "output.log")
    with open(log_path, "wb") as log:
        log.write("$ {}\n".format(status["command"]).encode("utf-8"))
        log.flush()
        try:
            outcome, before = _start(job, work, log, cancel, status)
        except NotStarted as refusal:
            status["status"], status["message"] = refusal.args
            log.write((status["message"] + "\n").encode("utf-8"))
            status["finished"] = _now()
            return status
    log, reason = _read_end(log_path), _read_end(os.path.join(work, "reason.txt"))
    first = "$ {}".format(status["command"])
    log = log[len(first) :].lstrip() if log.startswith(first) else log
    result, message = verdict.judge(outcome, status["limits"], log, reason)
    if outcome.stopped == "timeout" and outcome.wall_s < job["minutes"] * 60:
        message = (
            "stopped {:g} seconds before the end of its job of SLURM, whose runtime is too short"
        )
        message = message.format(allocation.MARGIN_S)
    report = _launcher_report(work)
    if result == "ok":
        result, message = _check(job, part, work, before, cancel)
    if result == "ok" and report.get("unread"):
        message = "the script did not read these settings of its card: " + report["unread"]
    status["status"], status["message"] = result, message.replace(work + os.sep, "")
    status["exit_code"] = outcome.exit_code
    status["wall_s"] = round(outcome.wall_s, 3)
    status["cpu_s"] = round(outcome.cpu_s, 3)
    status["peak_memory_mb"] = round(outcome.peak_memory_mb, 1)
    status["peak_gpu_memory_mb"] = outcome.peak_gpu_memory_mb
    status["device"] = "cpu" if outcome.peak_gpu_memory_mb is None else "cuda"
    status.update({key: report[key] for key in REPORTED if report.get(key) is not None})
    status["finished"] = _now()
    return status


def killed_status(job, signum):
    """Return the content of the status file of a run whose runner was killed by a signal."""
    message = "the runner was killed by signal {:d} ({}); snakemake -R method_{} repeats the run"
    message = message.format(signum, signum.name, job["method"])
    return dict(_record(job), status="failed", message=message, finished=_now())


def _record(job):
    """Return what the status file says before the method has started."""
    status = {"status": None, "message": ""}
    status.update({key: job[key] for key in IDENTITY})
    unknown = (
        "wall_s",
        "cpu_s",
        "peak_memory_mb",
        "peak_gpu_memory_mb",
        "device",
        "gpu",
        "exit_code",
        "isolated",
    )
    status.update(dict.fromkeys(unknown))
    status.update(
        host=socket.gethostname(),
        slurm_job=allocation.job_id(),
        versions={},
        computed_by={},
        command=shown_command(job),
        limits={key: job[key] for key in ("minutes", "memory_gb", "threads")},
        settings=job["settings"],
        told=job["told"],
        source_hash=job["source_hash"],
        started=_now(),
    )
    return status


def _start(job, work, log, cancel, status):
    """Start the method; return its `watch.Outcome` and the input's hash.

    Notes in ``status`` its GPU and whether it was isolated. Raises `NotStarted` where there is a
    reason.
    """
    if job["refusal"]:
        raise NotStarted(*job["refusal"])
    try:
        before = given.give(job, work, cancel)
    except OSError as error:
        message = "what the method is given cannot be copied to {}: {}; TMPDIR names another place"
        raise NotStarted("failed", message.format(os.path.dirname(work), error)) from error
    env = environment(job, work)
    own_wall, isolated = wall(job, work, env)
    script = os.path.join(work, "method", os.path.basename(job["script"]))
    started = [*own_wall, *command(job, script, os.path.join(work, "params.json"))]
    on_gpu = job["device"] != "cpu"
    with gpu.chosen(env, cancel) if on_gpu else contextlib.nullcontext() as status["gpu"]:
        left, seconds = allocation.seconds_left(), job["minutes"] * 60.0
        try:
            outcome = watch.run(
                started,
                env,
                log,
                cancel,
                folder=work,
                seconds=seconds if left is None else min(seconds, left),
                max_memory_mb=job["memory_gb"] * 1024.0,
                gpu_memory=gpu.memory_mb if status["gpu"] else None,
            )
        except OSError as error:
            message = "the interpreter {} does not start: {}; make the method's environment anew"
            message = verdict.portable(message.format(job["interpreter"], error.strerror))
            raise NotStarted("not_installed", message) from error
    status["isolated"] = isolated
    return outcome, before


def _check(job, part, work, before, cancel):
    """Have the main environment look at the outputs; return status and message."""
    change = given.changed_input(work, before)
    if change:
        return "bad_output", "the method " + change
    check, env = check_command(job, work)
    answer = os.path.join(part, "check.json")
    with open(answer, "wb") as log:
        outcome = watch.run(check, env, log, cancel)
    said = _read_end(answer)
    os.remove(answer)
    try:
        result = json.loads(said)
    except ValueError:
        text = verdict.last_error(said) or f"exit code {outcome.exit_code}"
        return "failed", "the check of the outputs broke: " + text
    return ("ok", "") if result["ok"] else ("bad_output", result["message"])


def _launcher_report(work):
    """Return what the launcher noted, as a dict, if it came so far."""
    try:
        report = json.loads(_read_end(os.path.join(work, "versions.json")))
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _read_end(path):
    if os.path.islink(path) or not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb") as handle:
            handle.seek(max(0, os.path.getsize(path) - LOG_END))
            return handle.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
