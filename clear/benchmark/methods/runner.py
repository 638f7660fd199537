"""Run one method once, whatever happens to it, and leave a record.

    python clear/benchmark/methods/runner.py JOB_JSON

The job is one JSON object with the keys ``method, dataset, recipe, perturbation, seed, language``
(python | R), ``script, input, output, interpreter`` (null where there is no Rscript),
``check_python, settings, threads, device`` (auto | cpu | cuda), ``gpu, minutes, memory_gb, outputs,
source_hash, not_applicable`` (null, or why the method cannot run) and, where the method is told
them, ``n_clusters, batch, truth``.

The method works in ``<output>.part``. At the end this folder holds ``status.json``,
``params.json``, ``output.log`` and, if all went well, the promised outputs, and is renamed to
``<output>``. The exit code is 0 whenever ``status.json`` was written; a cancelled run leaves
nothing and exits with 1. Memory is counted in MiB (MB) and GiB (GB).

Standard library only and Python 3.7 syntax, here and in the files imported from this folder: the
runner may be started by the interpreter of any method's environment.
"""

import contextlib
import json
import os
import shutil
import socket
import sys
import time

import gpu
import verdict
import watch

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = {
    "embedding": "embedding.h5",
    "clusters_given_k": "clusters.tsv",
    "clusters_estimated_k": "clusters.tsv",
    "pseudotime": "pseudotime.tsv",
}
TOLD = ("n_clusters", "batch", "truth")
NO_R = "Rscript is not on the PATH: install R and the method's packages, or use --sdm conda"
#: How much of the end of a method's output is searched for the reason of a failure.
LOG_END = 200000


class NotStarted(Exception):
    """There is a reason not to start the method at all: (status, message)."""


def main(job):
    """Run the job and write its folder."""
    cancel = watch.Cancel()
    final = job["output"].rstrip(os.sep)
    part, old = final + ".part", final + ".old"
    for stale in (part, old):
        shutil.rmtree(stale, ignore_errors=True)
    os.makedirs(part)
    try:
        _write_json(os.path.join(part, "params.json"), _params(job, part))
        status = _run(job, part, cancel)
        _tidy(part, job["outputs"] if status["status"] == "ok" else [])
        _write_json(os.path.join(part, "params.json"), _params(job, final))
        _write_json(os.path.join(part, "status.json"), status)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if os.path.isdir(final):  # a folder cannot be renamed onto one that has something in it
        os.rename(final, old)
    os.rename(part, final)
    shutil.rmtree(old, ignore_errors=True)


def _run(job, part, cancel):
    """Run the method in ``part`` and return the content of its status file."""
    status = _record(job)
    log_path = os.path.join(part, "output.log")
    with open(log_path, "wb") as log:
        log.write("$ {}\n".format(status["command"]).encode("utf-8"))
        log.flush()
        try:
            outcome = _start(job, part, log, cancel)
        except NotStarted as refusal:
            status["status"], status["message"] = refusal.args
            log.write((status["message"] + "\n").encode("utf-8"))
            status["finished"] = _now()
            return status
    report = _read_json(os.path.join(part, "versions.json"))
    reason = _read_end(os.path.join(part, "reason.txt"))
    judged = verdict.judge(outcome, status["limits"], _read_end(log_path), reason)
    status["status"], status["message"] = judged
    status["exit_code"] = outcome.exit_code
    status["wall_s"] = round(outcome.wall_s, 3)
    status["cpu_s"] = round(outcome.cpu_s, 3)
    status["peak_memory_mb"] = round(outcome.peak_memory_mb, 1)
    status["peak_gpu_memory_mb"] = outcome.peak_gpu_memory_mb
    status["device"] = "cpu" if outcome.peak_gpu_memory_mb is None else "cuda"
    status.update({key: value for key, value in report.items() if value is not None})
    if status["status"] == "ok":
        status["status"], status["message"] = _check(job, part, cancel)
    status["finished"] = _now()
    return status


def _start(job, part, log, cancel):
    """Start the method and return its `watch.Outcome`; raise `NotStarted` where that is futile."""
    if job.get("not_applicable"):
        raise NotStarted("not_applicable", job["not_applicable"])
    if not job["interpreter"]:
        raise NotStarted("not_installed", NO_R)
    env = _environment(job)
    on_gpu = _device(job) != "cpu"
    with gpu.chosen(env, cancel) if on_gpu else contextlib.nullcontext(False) as has_gpu:
        try:
            return watch.run(
                _command(job, part),
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


def _check(job, part, cancel):
    """Have the main environment look at the outputs; return status and message."""
    command = [job["check_python"], "-m", "clear.benchmark.methods.check"]
    answer = os.path.join(part, "check.json")
    with open(answer, "wb") as log:
        command += [part, job["input"], ",".join(job["outputs"])]
        outcome = watch.run(command, _clean_environment(), log, cancel)
    try:
        result = json.loads(_read_end(answer))
    except ValueError:
        text = verdict.last_error(_read_end(answer)) or f"exit code {outcome.exit_code}"
        return "failed", "the check of the outputs broke: " + text
    return ("ok", "") if result["ok"] else ("bad_output", result["message"])


def _record(job):
    """Return what the status file says before the method has started."""
    keys = ("method", "dataset", "recipe", "perturbation", "seed")
    status = {"status": None, "message": ""}
    status.update({key: job[key] for key in keys})
    unknown = ("wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb", "device", "exit_code")
    status.update({key: None for key in unknown})
    command = " ".join(_command(job, job["output"].rstrip(os.sep)))
    status.update(
        host=socket.gethostname(),
        versions={},
        command=verdict.portable(command),
        limits={key: job[key] for key in ("minutes", "memory_gb", "threads")},
        settings=job["settings"],
        told={key: job[key] for key in TOLD if job.get(key) is not None},
        source_hash=job["source_hash"],
        started=_now(),
    )
    return status


def _command(job, folder):
    is_r = job["language"] == "R"
    launch = os.path.relpath(os.path.join(HERE, "launch.R" if is_r else "launch.py"))
    interpreter = job["interpreter"] or ("Rscript" if is_r else "python")
    flags = ["--vanilla"] if is_r else []
    return [interpreter, *flags, launch, job["script"], os.path.join(folder, "params.json")]


def _params(job, folder):
    """Return all that the method is told."""
    keys = ("input", "method", "dataset", "recipe", "perturbation", "seed", "settings", "threads")
    params = {key: job[key] for key in keys}
    params.update(output=folder, device=_device(job))
    params.update({key: job[key] for key in TOLD if job.get(key) is not None})
    return params


def _device(job):
    """Only a method whose card says ``gpu: true`` may use one: the workflow counts them."""
    return job["device"] if job["gpu"] else "cpu"


def _clean_environment():
    """Return the environment variables without what lets the user's own packages leak in."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env["PYTHONNOUSERSITE"] = "1"
    return env


def _environment(job):
    """Return the environment variables of the method."""
    env = _clean_environment()
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
        env[library + "_THREADS"] = str(job["threads"])
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(job["interpreter"])))
    conda = os.path.isdir(os.path.join(prefix, "conda-meta"))
    env.update(
        PYTHONHASHSEED="0",
        PYTHONUNBUFFERED="1",  # what a killed method has printed is in the log
        MPLBACKEND="Agg",
        # packages built for the system's R crash conda's; R takes a blank value for the default
        R_LIBS_USER="NULL" if conda else "",
        R_PROFILE_USER="",
        R_ENVIRON_USER="",
    )
    if _device(job) == "cpu":
        env["CUDA_VISIBLE_DEVICES"] = ""
    return env


def _tidy(part, outputs):
    """Remove everything but the record and the promised outputs."""
    keep = {"output.log"} | {FILES[name] for name in outputs}
    for name in os.listdir(part):
        path = os.path.join(part, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif name not in keep:
            os.remove(path)


def _write_json(path, value):
    with open(path + ".tmp", "w") as handle:
        json.dump(value, handle, indent=2)
        handle.write("\n")
    os.replace(path + ".tmp", path)


def _read_json(path):
    try:
        with open(path) as handle:
            return json.load(handle)
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


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except watch.Cancelled as reason:
        sys.exit(f"the run was cancelled: {reason}")
