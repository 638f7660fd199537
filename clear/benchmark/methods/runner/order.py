"""From what the workflow orders to a job for this machine.

An order holds nothing that differs between machines, so that Snakemake repeats a run when the
order changes and only then. It is one JSON object::

    method, dataset, recipe, perturbation, seed    which run this is
    language, script, environment                  python or R; a path; folder with the record of an
                                                   environment that uv built, or null
    data                                           folder of the prepared dataset
    cache                                          folder for what the method's packages compile
    told                                           some of n_clusters, batch, root, labels, source
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

import json
import os
import shutil
import sys

#: What a method may be told as a column of its input: the truth's column, and its words.
COLUMNS = {"batch": ("batch", "the batch"), "root": ("stage", "the first stage")}
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
        ``batch`` and ``root`` (columns of obs), ``truth`` (name of a file), ``source`` (id of a
        dataset).
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
    for name, (column, words) in COLUMNS.items():
        if name in order["told"] and column not in _truth_columns(order["data"]):
            return "not_applicable", f"is told {words}, and the dataset's card names none"
    return None


def _truth_columns(data):
    with open(os.path.join(data, "truth.tsv"), encoding="utf-8") as handle:
        return handle.readline().rstrip("\n").split("\t")


def _failure(folder):
    """Return what the record in a folder says of the step that failed, or None."""
    record = _read(os.path.join(folder, "status.json"))
    return None if record["status"] == "ok" else "{step} failed: {message}".format(**record)


def _facts(order):
    facts = {}
    if "n_clusters" in order["told"]:
        types = _read(os.path.join(order["data"], "prepare.json"))["types"]
        facts["n_clusters"] = sum(1 for cells in types.values() if cells)
    facts.update((name, name) for name in COLUMNS if name in order["told"])
    if "labels" in order["told"]:
        facts["truth"] = "truth.tsv"
    if "source" in order["told"]:
        facts["source"] = order["source"]["dataset"]
    return facts


def _read(path):
    with open(path, encoding="utf-8") as handle:
        return json.load(handle)
