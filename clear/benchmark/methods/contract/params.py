"""What this run is asked to do, and how a method declines."""

import json
import os
import sys
from types import SimpleNamespace

from .settings import Settings, unknown_setting


def read_params(defaults=None):
    """Read what this run is asked to do, from the file named by the first argument.

    Parameters
    ----------
    defaults : dict, optional
        The settings that the method knows, with their default values. A setting of the card that is
        not among them is then an error instead of being overlooked.

    Returns
    -------
    SimpleNamespace
        ``input``, ``output`` : path of ``input.h5ad``; folder to write into.
        ``method`` : str; ``seed`` : int.
        ``settings`` : dict, from the method's card. A setting that the script never asks for is
        named in the record.
        ``threads`` : int; the thread variables of OpenMP and BLAS are set already.
        ``device`` : "cpu", "cuda", or "auto" (the GPU if there is one).
        And what the method is told, None where its card does not ask for it:
        ``n_clusters`` : int, the true number of cell types.
        ``batch``, ``labels_of_one_batch``, ``root`` : str, columns of ``obs``.
        ``truth`` : path of ``truth.tsv``, only for a control that knows the labels.
        ``source``, ``source_truth`` : paths of the input and the truth of another dataset, for a
        method that learns from one; `read_source` reads both.

    Raises
    ------
    ValueError
        When the card has a setting that is not in ``defaults``.
    """
    path = os.path.abspath(sys.argv[1])
    with open(path) as handle:
        values = json.load(handle)
    told = dict.fromkeys(
        ("n_clusters", "batch", "labels_of_one_batch", "root", "truth", "source", "source_truth")
    )
    params = SimpleNamespace(**dict(told, **values))
    params.output = os.path.dirname(path)
    params.input = os.path.join(params.output, params.input)
    for key in ("truth", "source", "source_truth"):
        if getattr(params, key) is not None:
            setattr(params, key, os.path.join(params.output, getattr(params, key)))
    if defaults is not None:
        for key in params.settings:
            if key not in defaults:
                raise ValueError(unknown_setting(params.method, key, defaults))
    both = dict(defaults or {}, **params.settings)
    params.settings = Settings(params.method, both, params.settings)
    return params


def not_applicable(reason):
    """End this run as ``not_applicable``: the method cannot serve such a dataset.

    Parameters
    ----------
    reason : str
        One sentence for the table of results.
    """
    folder = os.path.dirname(os.path.abspath(sys.argv[1]))
    with open(os.path.join(folder, "reason.txt"), "w") as file:
        file.write(reason + "\n")
    print("not applicable: " + reason, flush=True)
    sys.exit(99)
