"""One attempt at a job: start the method, judge how it ended, have its outputs checked."""

import contextlib
import json
import os
import socket
import time

from clear.benchmark.methods.runner import gpu, verdict, watch
from clear.benchmark.methods.runner.job import (
    IDENTITY,
    check_command,
    command,
    environment,
    shown_command,
)

#: How much of the end of a method's output is searched for the reason of a failure, in bytes.
LOG_END = 200000


class NotStarted(Exception):
    """There is a reason not to start the method at all: (status, message)."""


def attempt(job, folder, cancel):
    """Run a method in ``folder`` and return the content of its status file.

    Parameters
    ----------
    job : dict
        From `order.complete`.
    folder : str
        Holds ``params.json``; the method's files and ``output.log`` go there.
    cancel : watch.Cancel
        Asked several times a second.

    Returns
    -------
    dict
        Times in seconds, memory in MiB (MB) and limits in GiB (GB); None where nothing ran.
    """
    status = _record(job)
    log_path = os.path.join(folder, "output.log")
    with open(log_path, "wb") as log:
        log.write("$ {}\n".format(status["command"]).encode("utf-8"))
        log.flush()
        try:
            outcome = _start(job, folder, log, cancel)
        except NotStarted as refusal:
            status["status"], status["message"] = refusal.args
            log.write((status["message"] + "\n").encode("utf-8"))
            status["finished"] = _now()
            return status
    reason = _read_end(os.path.join(folder, "reason.txt"))
    judged = verdict.judge(outcome, status["limits"], _read_end(log_path), reason)
    status["status"], status["message"] = judged
    status["exit_code"] = outcome.exit_code
    status["wall_s"] = round(outcome.wall_s, 3)
    status["cpu_s"] = round(outcome.cpu_s, 3)
    status["peak_memory_mb"] = round(outcome.peak_memory_mb, 1)
    status["peak_gpu_memory_mb"] = outcome.peak_gpu_memory_mb
    status["device"] = "cpu" if outcome.peak_gpu_memory_mb is None else "cuda"
    status.update(_launcher_report(folder))
    if status["status"] == "ok":
        status["status"], status["message"] = _check(job, folder, cancel)
    status["finished"] = _now()
    return status


def _record(job):
    """Return what the status file says before the method has started."""
    status = {"status": None, "message": ""}
    status.update({key: job[key] for key in IDENTITY})
    unknown = ("wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb", "device", "exit_code")
    status.update(dict.fromkeys(unknown))
    status.update(
        host=socket.gethostname(),
        versions={},
        command=shown_command(job),
        limits={key: job[key] for key in ("minutes", "memory_gb", "threads")},
        settings=job["settings"],
        told=job["told"],
        source_hash=job["source_hash"],
        started=_now(),
    )
    return status


def _start(job, folder, log, cancel):
    """Start the method and return its `watch.Outcome`; raise `NotStarted` where that is futile."""
    if job["refusal"]:
        raise NotStarted(*job["refusal"])
    env = environment(job)
    on_gpu = job["device"] != "cpu"
    with gpu.chosen(env, cancel) if on_gpu else contextlib.nullcontext(False) as has_gpu:
        try:
            return watch.run(
                command(job, folder),
                env,
                log,
                cancel,
                seconds=job["minutes"] * 60.0,
                max_memory_mb=job["memory_gb"] * 1024.0,
                gpu_memory=gpu.memory_mb if has_gpu else None,
            )
        except OSError as error:
            message = "the interpreter {} does not start: {}; make the method's environment anew"
            message = verdict.portable(message.format(job["interpreter"], error.strerror))
            raise NotStarted("not_installed", message) from error


def _check(job, folder, cancel):
    """Have the main environment look at the outputs; return status and message."""
    check, env = check_command(job, folder)
    answer = os.path.join(folder, "check.json")
    with open(answer, "wb") as log:
        outcome = watch.run(check, env, log, cancel)
    try:
        result = json.loads(_read_end(answer))
    except ValueError:
        text = verdict.last_error(_read_end(answer)) or f"exit code {outcome.exit_code}"
        return "failed", "the check of the outputs broke: " + text
    return ("ok", "") if result["ok"] else ("bad_output", result["message"])


def _launcher_report(folder):
    """Return the versions, device and GPU memory that the launcher noted, if it came so far."""
    try:
        with open(os.path.join(folder, "versions.json")) as handle:
            return {key: value for key, value in json.load(handle).items() if value is not None}
    except (OSError, ValueError):
        return {}


def _read_end(path):
    try:
        with open(path, "rb") as handle:
            handle.seek(max(0, os.path.getsize(path) - LOG_END))
            return handle.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
