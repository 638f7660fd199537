"""What a run left: its status, embedding and clusters, in the order of the truth."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd


def read_status(run: Path) -> dict:
    """Return the run's ``status.json``."""
    return json.loads((run / "status.json").read_text(encoding="utf-8"))


def read_truth(path: Path) -> pd.DataFrame:
    """Return the truth of a dataset, indexed by cell; every column is text."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).set_index("cell")


def read_embedding(run: Path, cells: pd.Index) -> np.ndarray | None:
    """Return the embedding (cells x dimensions, float32) in the order of ``cells``, if any."""
    path = run / "embedding.h5"
    if not path.exists():
        return None
    with h5py.File(path) as file:
        own = pd.Index(file["cells"].asstr()[:])
        return file["X"][:].astype(np.float32)[own.get_indexer_for(cells)]


def read_clusters(run: Path, cells: pd.Index) -> dict[str, np.ndarray]:
    """Return the method's own clusters by track, each in the order of ``cells``."""
    path = run / "clusters.tsv"
    if not path.exists():
        return {}
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    return {
        track: part.set_index("cell")["cluster"].loc[cells].to_numpy()
        for track, part in table.groupby("track")
    }
