"""The folder of a run: filled under another name, then put in the place of an older one.

A method works elsewhere (:mod:`.given`). ``<output>.part`` takes ``output.log``, ``params.json``,
``status.json`` and, if all went well, the promised outputs, and is renamed to ``<output>``.
"""

import json
import os
import shutil

from clear.benchmark.methods.runner import given
from clear.benchmark.methods.runner.attempt import attempt
from clear.benchmark.methods.runner.job import repeat_parameters
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
        with given.folder() as work:
            status = attempt(job, os.path.join(part, "output.log"), work, cancel)
            if status["status"] == "ok":
                for name in {FILES[output] for output in job["outputs"]}:
                    shutil.move(os.path.join(work, name), os.path.join(part, name))
        _write_json(os.path.join(part, "params.json"), repeat_parameters(job))
        _write_json(os.path.join(part, "status.json"), status)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if os.path.isdir(final):  # a folder cannot be renamed onto one that has something in it
        os.rename(final, old)
    os.rename(part, final)
    shutil.rmtree(old, ignore_errors=True)


def _write_json(path, value):
    with open(path + ".tmp", "w") as handle:
        json.dump(value, handle, indent=2)
        handle.write("\n")
    os.replace(path + ".tmp", path)
