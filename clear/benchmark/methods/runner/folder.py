"""The folder of a run: filled under another name, then put in the place of an older one.

A method works in ``<output>.part``. At the end this folder holds ``status.json``, ``params.json``,
``output.log`` and, if all went well, the promised outputs, and is renamed to ``<output>``.
"""

import json
import os
import shutil

from clear.benchmark.methods.runner.attempt import attempt
from clear.benchmark.methods.runner.job import parameters
from clear.benchmark.methods.runner.watch import Cancel

FILES = {
    "embedding": "embedding.h5",
    "clusters_given_k": "clusters.tsv",
    "clusters_estimated_k": "clusters.tsv",
    "pseudotime": "pseudotime.tsv",
}


def fill(job):
    """Run a job and write its folder.

    Parameters
    ----------
    job : dict
        From `order.complete`.

    Raises
    ------
    watch.Cancelled
        When the run was cancelled; nothing is left of it then.
    """
    cancel = Cancel()
    final = job["output"]
    part, old = final + ".part", final + ".old"
    for stale in (part, old):
        shutil.rmtree(stale, ignore_errors=True)
    os.makedirs(part)
    try:
        _write_json(os.path.join(part, "params.json"), parameters(job, part))
        status = attempt(job, part, cancel)
        _tidy(part, job["outputs"] if status["status"] == "ok" else [])
        _write_json(os.path.join(part, "params.json"), parameters(job, final))
        _write_json(os.path.join(part, "status.json"), status)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if os.path.isdir(final):  # a folder cannot be renamed onto one that has something in it
        os.rename(final, old)
    os.rename(part, final)
    shutil.rmtree(old, ignore_errors=True)


def _tidy(part, outputs):
    """Remove everything but the log and the promised outputs."""
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
