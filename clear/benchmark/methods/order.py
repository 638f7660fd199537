"""From what the workflow orders to what the runner does on this machine.

    python clear/benchmark/methods/order.py CHECK_PYTHON ORDER_JSON

The order holds nothing that differs between machines, so that Snakemake repeats a run when the
order changes and only then. Here it becomes the runner's job: the interpreter is found, and the
facts that the card asks for (``told``) are looked up. Standard library only, as the runner.
"""

import json
import shutil
import sys

import runner
import watch


def complete(order, check_python):
    """Return the runner's job for an order.

    Parameters
    ----------
    order
        The job without ``interpreter``, ``check_python``, ``n_clusters`` and ``batch``, and with
        ``told``, ``prepared`` (path of the dataset's prepare.json) and ``environment`` (path of
        an environment.json, or null).
    check_python
        The main environment's interpreter, which checks the outputs.
    """
    job = dict(order, check_python=check_python, interpreter=_interpreter(order))
    if "n_clusters" in order["told"]:
        with open(order["prepared"], encoding="utf-8") as handle:
            job["n_clusters"] = sum(1 for cells in json.load(handle)["types"].values() if cells)
    if "batch" in order["told"]:
        job["batch"] = "batch"
    return job


def _interpreter(order):
    if order["language"] == "R":
        return shutil.which("Rscript")
    if order["environment"]:
        with open(order["environment"], encoding="utf-8") as handle:
            return json.load(handle)["python"]
    return sys.executable


if __name__ == "__main__":
    try:
        runner.main(complete(json.loads(sys.argv[2]), sys.argv[1]))
    except watch.Cancelled as reason:
        sys.exit(f"the run was cancelled: {reason}")
