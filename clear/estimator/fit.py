"""A training on an AnnData: settings, genes and cells in, encoder and history out."""

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import torch
from anndata import AnnData

from clear.cells.batches import batch_codes
from clear.cells.load import load
from clear.cells.matrix import Expression
from clear.cells.pools import Chunked, Whole
from clear.effect import is_set
from clear.errors import ClearError
from clear.estimator.genes import genes_to_use
from clear.fast.precision import choose_precision
from clear.fast.threads import threads_for
from clear.files.checkpoint import SECONDS, Checkpoint, origin
from clear.model.collapse import collapsed, warning
from clear.model.parallel import group, is_first
from clear.model.train import train
from clear.parameters import resolve
from clear.presets import PRESETS
from clear.progress import say

log = logging.getLogger("clear")


@contextlib.contextmanager
def fitted(
    model,
    adata: AnnData,
    layer: str | None = None,
    counts: bool | None = None,
    use_raw: bool | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    checkpoint_seconds: float = SECONDS,
) -> Iterator[Whole | Chunked]:
    """Do what :meth:`clear.CLEAR.fit` does, and give the cells as it has read them.

    The arguments are those of ``fit``; ``model`` is the :class:`clear.CLEAR`.
    """
    batches = None if model.batch_key is None else batch_codes(adata, model.batch_key)
    preset, device = resolve(model, batches is not None, training=True)
    precision = choose_precision(model.precision, device)
    if resume and checkpoint is None:
        raise ClearError("To resume, give the folder of the checkpoint.")
    if checkpoint is None and checkpoint_seconds != SECONDS:
        raise ClearError(
            f"checkpoint_seconds ({checkpoint_seconds!r}) has no effect without a checkpoint: "
            "give the folder of one, or leave it out."
        )
    expression = Expression(adata, layer, counts, use_raw)
    if adata.n_obs < 2:
        raise ClearError("CLEAR needs at least two cells to train: it learns to tell them apart.")
    genes = genes_to_use(model, adata, expression)
    wanted, preset = preset, preset.for_cells(adata.n_obs)
    verbose = model.verbose and is_first()
    asked = model.epochs is not None or is_set(wanted, "epochs", PRESETS)
    if verbose and asked and preset.epochs > wanted.epochs:
        say(
            f"{preset.epochs} epochs instead of {wanted.epochs}: so many make "
            f"{preset.min_steps} steps, which small datasets need (min_steps of the preset)."
        )

    columns = expression.genes.get_indexer(genes)
    digest = hashlib.sha256() if checkpoint is not None else None
    on_block = None if digest is None else digest.update
    state = on_epoch = None
    step = preset.profiles(adata.n_obs), len(genes), preset.hidden_nodes
    with contextlib.ExitStack() as held:
        with group(device), threads_for(*step):
            source = load(expression, columns, device, preset, on_block)
            held.enter_context(contextlib.closing(source))
            if digest is not None:
                made_of = origin(
                    preset,
                    int(model.seed),
                    device.type,
                    precision,
                    adata.n_obs,
                    genes,
                    digest.hexdigest(),
                    batches,
                )
                keeper = Checkpoint(checkpoint, made_of, preset.epochs, checkpoint_seconds)
                state = keeper.start(resume)
                on_epoch = keeper.on_epoch if is_first() else None
            encoder, history, model.computed_by_ = train(
                source,
                preset,
                int(model.seed),
                state,
                on_epoch,
                precision,
                verbose,
                None if batches is None else torch.from_numpy(batches).to(device),
            )
        model.preset_, model.device_, model.precision_ = preset, str(device), precision
        # False, which lifts the limit on values, is kept apart from None.
        model.layer_, model.counts_ = layer, expression.counts or counts
        model.use_raw_ = use_raw
        model.genes_ = genes.to_numpy(dtype=str)
        model.encoder_, model.history_ = encoder.eval(), history
        model.collapsed_ = collapsed(history, preset.n_latent)
        if model.collapsed_:
            log.warning(warning(history, preset, adata.n_obs))
        yield source
