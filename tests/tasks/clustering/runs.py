"""Invented runs of 90 cells of three types, and the rows of their scores."""

import json

import h5py
import numpy as np
import pandas as pd

from clear.benchmark.tasks.clustering import TASK
from clear.benchmark.tasks.score import RUN

SETTINGS = {"n_neighbors": 10}
BOTH = ["embedding", "clusters_estimated_k"]
TYPES = np.repeat(["x", "y", "z"], 30)
CELLS = np.array([f"cell_{i:06d}" for i in range(90)])


def make_run(folder, status="ok", embedding=None, clusters=None, order=None, method=None, seed=0):
    order = np.arange(90) if order is None else order
    folder.mkdir(parents=True)
    about = dict(zip(RUN, ("d", "standard", "none", method or folder.name, seed), strict=True))
    record = about | {"status": status, "message": "why", "versions": {"numpy": "2"}}
    (folder / "status.json").write_text(json.dumps(record))
    if embedding is not None:
        with h5py.File(folder / "embedding.h5", "w") as file:
            file["X"] = embedding[order].astype("float32")
            file["cells"] = CELLS[order].tolist()
    if clusters:
        parts = [
            pd.DataFrame({"cell": CELLS[order], "cluster": np.asarray(own)[order], "track": track})
            for track, own in clusters.items()
        ]
        pd.concat(parts).to_csv(folder / "clusters.tsv", sep="\t", index=False)
    return folder


def separate(sd=0.05):
    onehot = np.eye(3)[np.unique(TYPES, return_inverse=True)[1]]
    return onehot + np.random.default_rng(1).normal(0, sd, onehot.shape)


def served(outputs=("embedding",), told=()):
    return TASK.served({"outputs": outputs, "told": told})


def values(table, track, column="value"):
    return table[table.track == track].set_index("metric")[column]


def reasons(table):
    lost = table[table.metric.isna()].set_index("track")
    return lost["status"].to_dict(), lost["message"].to_dict()
