"""What a run is given: a folder of its own, in which nothing says whose cells they are.

The folder has a random name in the place for temporary files. It holds ``input.h5ad``, a copy whose
hash is compared after the run; ``params.json``; ``method/``, a copy of the script's folder; the
contract; and ``tmp/``. A method that is told the batch, the labels of one batch or the root has
them as columns of its input, a control that is told the labels has ``truth.tsv``; one that learns
from another, labelled dataset has that one's files as ``source.h5ad`` and ``source_truth.tsv``.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile

from clear.benchmark.methods.runner import watch
from clear.benchmark.methods.runner.job import METHODS, parameters, told_command
from clear.benchmark.methods.runner.order import OF_EACH_CELL

INPUT, TRUTH = "input.h5ad", "truth.tsv"


@contextlib.contextmanager
def folder():
    """Make an empty folder with a neutral name and remove it with all that is in it."""
    made = os.path.realpath(tempfile.mkdtemp(prefix="run-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def give(job, work, cancel):
    """Put everything that the method of a job needs into the folder ``work``.

    Returns
    -------
    str
        Hash of the input.

    Raises
    ------
    OSError
        When something cannot be copied, for instance because the disk is full.
    """
    shutil.copyfile(job["input"], os.path.join(work, INPUT))
    told = dict(job["told"])
    columns = [name for name in OF_EACH_CELL if name in told]
    if columns:
        command, env = told_command(job, os.path.join(work, INPUT), columns)
        with open(os.devnull, "wb") as nowhere:
            if watch.run(command, env, nowhere, cancel).exit_code:
                told = " and ".join(columns)
                raise OSError(f"{job['truth']} does not say {told} of every cell; prepare it again")
    if "truth" in told:
        shutil.copyfile(job["truth"], os.path.join(work, TRUTH))
        told["truth"] = TRUTH
    if "source" in told:
        told.update(source="source.h5ad", source_truth="source_truth.tsv")
        for file, key in ((INPUT, "source"), (TRUTH, "source_truth")):
            path = os.path.join(job["source"]["data"], file)
            shutil.copyfile(path, os.path.join(work, told[key]))
    leave_out = shutil.ignore_patterns("__pycache__")
    own = os.path.dirname(os.path.abspath(job["script"]))
    shutil.copytree(own, os.path.join(work, "method"), ignore=leave_out)
    contract = os.path.join(METHODS, "contract")
    shutil.copytree(contract, os.path.join(work, "contract"), ignore=leave_out)
    shutil.copyfile(contract + ".R", os.path.join(work, "contract.R"))
    os.mkdir(os.path.join(work, "tmp"))
    with open(os.path.join(work, "params.json"), "w") as handle:
        json.dump(parameters(job, INPUT, told), handle, indent=2)
    return digest(os.path.join(work, INPUT))


def changed_input(work, before):
    """Return what a method did to its input, or None; ``before`` is the hash of `give`."""
    path = os.path.join(work, INPUT)
    if os.path.islink(path) or not os.path.isfile(path):
        return f"removed its input ({INPUT}), which it may only read"
    if digest(path) != before:
        return f"changed its input ({INPUT}), which it may only read"
    return None


def digest(path):
    """Return the SHA-256 of a file."""
    found = hashlib.sha256()
    with open(path, "rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            found.update(block)
    return found.hexdigest()
