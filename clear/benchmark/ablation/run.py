"""One run of an ablation: a preset trained on a prepared dataset, and its scores."""

import contextlib
import io
import math
import time
from pathlib import Path

import anndata
import numpy as np
import torch

from clear import CLEAR
from clear.benchmark.data.canonical import canonical
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.methods.outputs import read_truth
from clear.benchmark.metrics.clustering import METRICS
from clear.clusters import kmeans, leiden, neighbour_graph
from clear.errors import ClearError
from clear.model.step import MEASURES
from clear.presets import Preset

CURVES = (*MEASURES, "uniformity")


def prepare_dataset(
    h5ad: Path, folder: Path, prepare_settings: dict, unit: str | None = None
) -> int:
    """Prepare a ready-made dataset as the benchmark does; return its number of cells.

    Parameters
    ----------
    h5ad
        Cells x genes, raw values in ``X``, ``obs["cell_type"]``, and in ``uns["unit"]`` a unit
        of the dataset cards, whatever follows its first word.
    folder
        Gets ``input.h5ad``, ``truth.tsv`` and ``prepare.json``.
    prepare_settings
        The settings ``prepare`` of a run.
    unit
        The unit where the file does not tell it.

    Raises
    ------
    ClearError
        When there is no such file, or it cannot be prepared.
    """
    if not h5ad.exists():
        raise ClearError(f"{h5ad} does not exist; name the folder with the datasets (--data).")
    raw = anndata.read_h5ad(h5ad)
    unit = unit or str(raw.uns.get("unit", "")).split(" ")[0].lower()
    card = {"id": h5ad.stem, "unit": unit, "tasks": ["clustering"]}
    adata, _ = canonical(raw, card, {"cell_type": ["cell_type"], "batch": [], "stage": []})
    folder.mkdir(parents=True, exist_ok=True)
    adata.write_h5ad(folder / "dataset.h5ad")
    outputs = (folder / name for name in ("input.h5ad", "truth.tsv", "prepare.json"))
    prepare(card, folder / "dataset.h5ad", *outputs, prepare_settings)
    return anndata.read_h5ad(folder / "input.h5ad", backed="r").n_obs


def run(folder: Path, preset: Preset, seed: int, score_settings: dict) -> dict:
    """Train a preset as a user does, on one CPU thread, and measure what came out.

    Parameters
    ----------
    folder
        What :func:`prepare_dataset` filled.
    preset, seed
        What to train.
    score_settings
        The settings ``scores`` of a run.

    Returns
    -------
    dict
        ``ari`` and ``nmi`` of k-means told the true number of types; ``leiden_ari``,
        ``leiden_nmi`` and ``leiden_clusters``; the measures of the last epoch (see
        :func:`~clear.model.train.train`); ``collapsed``; ``spread``; ``seconds`` of the training;
        and ``history``, the measures of all epochs as lists.
    """
    torch.set_num_threads(1)
    adata = anndata.read_h5ad(folder / "input.h5ad")
    model = CLEAR(preset=preset, seed=seed, device="cpu")
    began = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):  # the bars of runs side by side
        embedding = model.fit_transform(adata)
    seconds = time.perf_counter() - began

    types = read_truth(folder / "truth.tsv")["cell_type"].loc[adata.obs_names]
    labels = types.to_numpy()
    given = kmeans(embedding, types.nunique(), seed, score_settings["kmeans_n_init"])
    graph = neighbour_graph(embedding, score_settings["n_neighbors"])
    estimated = leiden(graph, score_settings["leiden_resolution"], seed)
    ari, nmi = METRICS["ari"].function, METRICS["nmi"].function
    last = model.history_[-1]
    return {
        "ari": ari(labels, given),
        "nmi": nmi(labels, given),
        "leiden_ari": ari(labels, estimated),
        "leiden_nmi": nmi(labels, estimated),
        "leiden_clusters": len(np.unique(estimated)),
        **{name: last[name] for name in MEASURES},
        "collapsed": model.collapsed_,
        "spread": spread(embedding),
        "seconds": seconds,
        "history": {n: [_short(epoch[n]) for epoch in model.history_] for n in CURVES},
    }


def spread(embedding: np.ndarray) -> float:
    """Measure how far the directions of cells lie apart.

    Root mean squared distance of the rows, at unit length, from their mean: 0 when all have
    one direction, 1 when they cancel out. Unlike ``embedding_sd`` it is taken from the
    embedding that is used, without augmentation, whichever encoder it comes from.
    """
    lengths = np.linalg.norm(embedding.astype(np.float64), axis=1, keepdims=True)
    unit = embedding / np.where(lengths > 0, lengths, 1)
    return math.sqrt(np.square(unit - unit.mean(axis=0)).sum(axis=1).mean())


def _short(value: float) -> float:
    """Keep what a plot can show."""
    return float(f"{value:.5g}")
