"""From what the workflow orders to a job for this machine.

An order holds nothing that differs between machines, so that Snakemake repeats a run when the
order changes and only then. It is one JSON object::

    method, dataset, recipe, perturbation, seed    which run this is
    language, script, environment                  python or R; a path; folder with the record of an
                                                   environment that uv built, or null
    data                                           folder of the prepared dataset
    cache                                          folder for what the method's packages compile
    told                                           some of n_clusters, batch, labels_of_one_batch,
                                                   root, labels, source
    source                                         the labelled dataset that it learns from: its id
                                                   (dataset) and folder (data), or null
    settings, threads, device                      for the script; device is auto, cpu or cuda
    minutes, memory_gb                             limits (GiB)
    outputs, output                                what it promises to write; the run's folder
    not_applicable                                 why the method cannot serve this dataset, or null
    source_hash                                    of all code behind the run

Here the interpreter is found, the facts that the method is told are looked up, and it is decided
whether there is a reason not to start at all.
"""

import csv
import json
import os
import shutil
import sys

#: What a method is told as columns of its input; the first two need batches, the root stages.
OF_EACH_CELL = ("batch", "labels_of_one_batch", "root")
NO_R = "Rscript is not on the PATH: install R and the method's packages, or use --sdm conda"


def complete(order, check_python):
    """Return the job for an order: the order with what only this machine knows.

    Parameters
    ----------
    order : dict
        See above.
    check_python : str
        The main environment's interpreter, which checks the outputs.

    Returns
    -------
    dict
        The order with ``input`` and ``truth`` (paths of input.h5ad and truth.tsv), ``interpreter``
        (None where it is missing), ``check_python``, ``refusal`` (status and message of a run that
        is not started, or None), and ``told`` as a dict of the facts: ``n_clusters`` (int),
        ``batch``, ``labels_of_one_batch`` and ``root`` (columns of obs), ``truth`` (name of a
        file), ``source`` (id of a dataset).
    """
    job = dict(order, check_python=check_python, interpreter=_interpreter(order))
    job["input"] = os.path.join(order["data"], "input.h5ad")
    job["truth"] = os.path.join(order["data"], "truth.tsv")
    job["refusal"] = _refusal(order, job["interpreter"])
    job["told"] = {} if job["refusal"] else _facts(order)
    return job


def _interpreter(order):
    if order["language"] == "R":
        return shutil.which("Rscript")
    if not order["environment"]:
        return sys.executable
    if _failure(order["environment"]):
        return None
    # the record has a path relative to here; the method works elsewhere
    return os.path.abspath(_read(os.path.join(order["environment"], "environment.json"))["python"])


def _refusal(order, interpreter):
    if order["not_applicable"]:
        return "not_applicable", order["not_applicable"]
    if _failure(order["data"]):
        return "no_data", _failure(order["data"])
    if "source" in order["told"] and _failure(order["source"]["data"]):
        why = _failure(order["source"]["data"])
        return "no_data", "{dataset}, which it learns from: ".format(**order["source"]) + why
    if interpreter is None:
        return "not_installed", NO_R if order["language"] == "R" else _failure(order["environment"])
    if "root" in order["told"] and not _values(order["data"], "stage"):
        return "not_applicable", "is told the first stage, and the dataset's card names none"
    if set(OF_EACH_CELL[:2]) & set(order["told"]):
        batches = _values(order["data"], "batch")
        if len(batches) == 0:
            return "not_applicable", "is told the batch, and the dataset's card names none"
        if len(batches) == 1:
            return "not_applicable", "corrects batches, and all cells are of one"
    return None


def _values(data, column):
    """Return what a column of the truth holds; nothing where it has no such column."""
    with open(os.path.join(data, "truth.tsv"), encoding="utf-8", newline="") as handle:
        table = csv.DictReader(handle, delimiter="\t")
        return {row[column] for row in table} if column in table.fieldnames else set()


def _failure(folder):
    """Return what the record in a folder says of the step that failed, or None."""
    record = _read(os.path.join(folder, "status.json"))
    return None if record["status"] == "ok" else "{step} failed: {message}".format(**record)


def _facts(order):
    facts = {}
    if "n_clusters" in order["told"]:
        types = _read(os.path.join(order["data"], "prepare.json"))["types"]
        facts["n_clusters"] = sum(1 for cells in types.values() if cells)
    facts.update({name: name for name in OF_EACH_CELL if name in order["told"]})
    if "labels" in order["told"]:
        facts["truth"] = "truth.tsv"
    if "source" in order["told"]:
        facts["source"] = order["source"]["dataset"]
    return facts


def _read(path):
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)
