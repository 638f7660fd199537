"""The folder of a run: filled under another name, then put in the place of an older one.

A method works elsewhere (:mod:`.given`). ``<output>.part`` takes ``output.log``, ``params.json``,
``status.json`` and, if all went well, the promised outputs, and is renamed to ``<output>``.
"""

import json
import os
import shutil

from clear.benchmark.methods.runner.attempt import attempt, killed_status
from clear.benchmark.methods.runner.job import repeat_parameters

FILES = {
    "embedding": "embedding.h5",
    "clusters_given_k": "clusters.tsv",
    "clusters_estimated_k": "clusters.tsv",
    "pseudotime": "pseudotime.tsv",
}


def fill(job, work, cancel):
    """Run a job and write its folder.

    Parameters
    ----------
    job : dict
        From `order.complete`.
    work : str
        An empty folder for the method.
    cancel : watch.Cancel
        Asked several times a second.

    Raises
    ------
    watch.Cancelled
        When the run was cancelled; nothing is left of it then.
    """
    part = _part(job)
    for stale in (part, job["output"] + ".old"):
        shutil.rmtree(stale, ignore_errors=True)
    os.makedirs(part)
    try:
        status = attempt(job, part, work, cancel)
        if status["status"] == "ok":
            status["files"] = sorted({FILES[output] for output in job["outputs"]})
            for name in status["files"]:
                shutil.move(os.path.join(work, name), os.path.join(part, name))
        _finish(job, status)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def fill_killed(job, signum):
    """Write the folder of a run whose runner was killed by a signal; the log is kept."""
    os.makedirs(_part(job), exist_ok=True)
    for name in FILES.values():
        if os.path.exists(os.path.join(_part(job), name)):
            os.remove(os.path.join(_part(job), name))
    with open(os.path.join(_part(job), "output.log"), "ab"):
        _finish(job, killed_status(job, signum))


def _part(job):
    return job["output"] + ".part"


def _finish(job, status):
    """Write the record and give the folder its name."""
    part, final, old = _part(job), job["output"], job["output"] + ".old"
    _write_json(os.path.join(part, "params.json"), repeat_parameters(job))
    _write_json(os.path.join(part, "status.json"), status)
    if os.path.isdir(final):  # a folder cannot be renamed onto one that has something in it
        os.rename(final, old)
    os.rename(part, final)
    shutil.rmtree(old, ignore_errors=True)


def _write_json(path, value):
    with open(path + ".tmp", "w") as handle:
        json.dump(value, handle, indent=2)
        handle.write("\n")
    os.replace(path + ".tmp", path)
