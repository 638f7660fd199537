"""Embedding cells by a trained model, and the record that is written beside the embedding."""

import dataclasses
import logging
from collections.abc import Iterable

import numpy as np
import torch
from anndata import AnnData

from clear.cells.matrix import BLOCK_CELLS
from clear.errors import ClearError
from clear.fast.threads import threads_for
from clear.model.encoder import embed
from clear.version import __version__

log = logging.getLogger("clear")


def store(model, adata: AnnData, blocks: Iterable[torch.Tensor]) -> np.ndarray:
    """Embed the blocks of cells (cells x genes), write the embedding and return it."""
    embedding = np.empty((adata.n_obs, model.preset_.dimensions), dtype=np.float32)
    done = 0
    size = min(adata.n_obs, BLOCK_CELLS), len(model.genes_), model.preset_.hidden_nodes
    with torch.inference_mode(), threads_for(*size):
        for profiles in blocks:
            part = embed(model.encoder_, profiles.to(model.device_), model.preset_)
            if not part.isfinite().all():
                raise ClearError(
                    "The embedding holds values that are not finite: training diverged."
                )
            embedding[done : done + len(part)] = part.cpu().numpy()
            done += len(part)
    if adata.isbacked and adata.is_view:
        log.warning(
            "The embedding is returned but not written into the AnnData: a view of a file "
            "cannot hold it. To have it there, call to_memory() first."
        )
        return embedding
    adata.obsm["X_clear"] = embedding
    adata.uns["clear"] = {
        "preset": model.preset_.name,
        "settings": dataclasses.asdict(model.preset_),
        "seed": int(model.seed),
        "version": __version__,
        "device": model.device_,
        "precision": model.precision_,
        "computed_by": dict(model.computed_by_),
        "collapsed": model.collapsed_,
        "genes": model.genes_.copy(),
    }
    if model.batch_key is not None:
        adata.uns["clear"]["batch_key"] = model.batch_key
    return embedding
