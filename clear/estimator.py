"""The estimator :class:`CLEAR`: from an AnnData to an embedding."""

import contextlib
import dataclasses
import hashlib
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from anndata import AnnData

from clear.cells.batches import batch_codes
from clear.cells.genes import check_unique, marked_genes, report_missing
from clear.cells.hvg import block_moments, combined, highly_variable
from clear.cells.load import load
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.cells.pools import Chunked, Whole
from clear.effect import is_set
from clear.errors import ClearError
from clear.fast.precision import choose_precision
from clear.fast.threads import threads_for
from clear.files.checkpoint import SECONDS, Checkpoint, origin
from clear.files.model import read_model, write_model
from clear.model.collapse import collapsed, warning
from clear.model.encoder import embed
from clear.model.parallel import group, is_first
from clear.model.train import train
from clear.parameters import Parameters, resolve
from clear.presets import PRESETS, Preset
from clear.progress import say
from clear.version import __version__

log = logging.getLogger("clear")


class CLEAR(Parameters):
    """Self-supervised contrastive embedding of single cells.

    Parameters
    ----------
    preset
        Name of a preset, or your own :class:`clear.presets.Preset`.
    n_latent
        Dimensions of the embedding; ``None``: the preset's (50 for ``recommended``).
    seed
        Seed of all random numbers; PyTorch's and NumPy's global states are not used.
    device
        ``"auto"`` (CUDA where there is one), ``"cpu"`` or ``"cuda"``.
    epochs
        Passes over all cells; ``None``: the preset's. A small dataset gets as many more as make
        the preset's ``min_steps``.
    precision
        Precision of the matrix products in training: ``"fp32"``, ``"bf16"``, or ``"auto"``,
        bfloat16 where the device has fast and accurate instructions for it. ``transform`` always
        computes in float32.
    n_top_genes
        How many genes to use where none are marked in ``adata.var["highly_variable"]``: the most
        variable ones, see :func:`clear.cells.hvg.highly_variable`. ``None``: all. Marked genes
        are used, however many they are.
    batch_key
        Name of the column of ``adata.obs`` that names the batch of each cell, to bring together
        cells of a type from different batches; see :mod:`clear.model.batches`. For presets with
        ``neighbors``. Only :meth:`fit` reads the column; ``transform`` needs no batches.
    verbose
        Whether to show the progress and say which genes are used; warnings are always shown.

    Attributes
    ----------
    preset_
        The settings used (:class:`clear.presets.Preset`).
    device_
        The device used.
    precision_
        The precision used in training, ``"fp32"`` or ``"bf16"``.
    computed_by_
        What the training computed with, in words: ``"augmentations"`` (compiled kernels, or
        PyTorch and why), ``"loss"`` (kernels, or PyTorch and why), ``"weights"`` (a kernel that
        moves them, or PyTorch and why), ``"steps"`` (a CUDA graph, or single operations and why);
        of presets with ``neighbors`` ``"walks"`` (a kernel, or PyTorch and why); and of a training
        by several ``"processes"``, their number.
    layer_, counts_, use_raw_
        The layer that was fitted, whether it holds counts, and whether it was ``adata.raw``;
        ``transform`` uses the same.
    genes_
        Names of the genes used: those marked in ``adata.var["highly_variable"]``, else the
        ``n_top_genes`` most variable ones, else all.
    encoder_
        The trained encoder (:class:`torch.nn.Module`).
    history_
        One dict per epoch; see :func:`clear.model.train.train`.
    collapsed_
        Whether the training ended in a collapse; see :func:`clear.model.collapse.collapsed`.

    Examples
    --------
    >>> embedding = clear.CLEAR(seed=0).fit_transform(adata)  # cells x 50
    >>> sc.pp.neighbors(adata, use_rep="X_clear")
    """

    def __init__(
        self,
        preset: str | Preset = "recommended",
        n_latent: int | None = None,
        seed: int = 0,
        device: str = "auto",
        epochs: int | None = None,
        precision: str = "auto",
        n_top_genes: int | None = 2000,
        batch_key: str | None = None,
        verbose: bool = True,
    ):
        self.preset = preset
        self.n_latent = n_latent
        self.seed = seed
        self.device = device
        self.epochs = epochs
        self.precision = precision
        self.n_top_genes = n_top_genes
        self.batch_key = batch_key
        self.verbose = verbose

    def fit(
        self,
        adata: AnnData,
        layer: str | None = None,
        counts: bool | None = None,
        use_raw: bool | None = None,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        checkpoint_seconds: float = SECONDS,
    ) -> "CLEAR":
        """Train on all cells of ``adata``, without changing it.

        In processes that ``torchrun`` started, or that have initialised a process group of
        PyTorch, all train one model; see :mod:`clear.model.parallel`.

        Parameters
        ----------
        adata
            Cells x genes, in memory or backed; at least two cells, unique gene names.
        layer
            Name of the layer to train on; ``None``: ``adata.X``.
        counts
            Whether these values are counts, to be normalised (10,000 per cell, log1p) for the
            model only. ``None``: only if the layer is called ``"counts"``; any other values must
            be log-normalised, and may be scaled after that. ``False``: values are used as they
            are, whatever their size.
        use_raw
            Train on ``adata.raw`` instead of ``X`` and layers. ``None``: no, and an error where
            ``X`` is scaled and there is a raw, since either may be meant.
        checkpoint
            Folder for the state of the training, written after the first epoch, then about
            every ``checkpoint_seconds``, and after the last epoch.
        resume
            Resume from the state in ``checkpoint``, or start if there is none yet. On the CPU
            the embedding is bitwise that of an uninterrupted training.
        checkpoint_seconds
            Time between two states; 0: after each epoch.

        Raises
        ------
        ClearError
            On invalid settings or data; the message says what to do.
        """
        with self._fitted(adata, layer, counts, use_raw, checkpoint, resume, checkpoint_seconds):
            return self

    @contextlib.contextmanager
    def _fitted(
        self,
        adata: AnnData,
        layer: str | None = None,
        counts: bool | None = None,
        use_raw: bool | None = None,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        checkpoint_seconds: float = SECONDS,
    ) -> Iterator[Whole | Chunked]:
        """Do what :meth:`fit` does, and give the cells as it has read them."""
        batches = None if self.batch_key is None else batch_codes(adata, self.batch_key)
        preset, device = resolve(self, batches is not None, training=True)
        precision = choose_precision(self.precision, device)
        if resume and checkpoint is None:
            raise ClearError("To resume, give the folder of the checkpoint.")
        if checkpoint is None and checkpoint_seconds != SECONDS:
            raise ClearError(
                f"checkpoint_seconds ({checkpoint_seconds!r}) has no effect without a checkpoint: "
                "give the folder of one, or leave it out."
            )
        expression = Expression(adata, layer, counts, use_raw)
        if adata.n_obs < 2:
            raise ClearError(
                "CLEAR needs at least two cells to train: it learns to tell them apart."
            )
        genes = self._genes(adata, expression)
        wanted, preset = preset, preset.for_cells(adata.n_obs)
        verbose = self.verbose and is_first()
        asked = self.epochs is not None or is_set(wanted, "epochs", PRESETS)
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
                        int(self.seed),
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
                encoder, history, self.computed_by_ = train(
                    source,
                    preset,
                    int(self.seed),
                    state,
                    on_epoch,
                    precision,
                    verbose,
                    None if batches is None else torch.from_numpy(batches).to(device),
                )
            self.preset_, self.device_, self.precision_ = preset, str(device), precision
            # False, which lifts the limit on values, is kept apart from None.
            self.layer_, self.counts_ = layer, expression.counts or counts
            self.use_raw_ = use_raw
            self.genes_ = genes.to_numpy(dtype=str)
            self.encoder_, self.history_ = encoder.eval(), history
            self.collapsed_ = collapsed(history, preset.n_latent)
            if self.collapsed_:
                log.warning(warning(history, preset, adata.n_obs))
            yield source

    def _genes(self, adata: AnnData, expression: Expression) -> pd.Index:
        """Return the names of the genes to train on, and say which they are."""
        check_unique(expression.genes)
        genes = marked_genes(adata, expression.genes)
        if genes is not None:
            text = f"the {len(genes)} marked in var['highly_variable']"
            if self.n_top_genes != self._defaults()["n_top_genes"]:
                text += f", which count rather than n_top_genes={self.n_top_genes}"
        elif self.n_top_genes is None or len(expression.genes) <= self.n_top_genes:
            genes = expression.genes
            text = f"all {len(genes)}"
        else:
            chosen = highly_variable(*combined(expression.each(block_moments)), self.n_top_genes)
            genes = expression.genes[chosen]
            text = (
                f"the {len(genes)} most variable of {len(chosen)}, since none are marked "
                f"(n_top_genes={self.n_top_genes}; None for all)"
            )
            if len(genes) > self.n_top_genes:
                text += "; several vary as much as the last one"
        if self.verbose and is_first():
            say(f"Genes: {text}.")
        return genes

    def transform(self, adata: AnnData, counts: bool | None = None) -> np.ndarray:
        """Embed the cells of ``adata`` with the trained encoder.

        Genes are matched by name; missing ones count as not expressed, with a warning. Reads the
        layer that :meth:`fit` read.

        Parameters
        ----------
        adata
            Cells x genes, in memory or backed.
        counts
            Whether the values are counts; ``None``: if those were that :meth:`fit` read.

        Returns
        -------
        ndarray
            Cells x ``n_latent``, float32; rows of unit length if the preset says so. Also
            written to ``adata.obsm["X_clear"]``, with settings, seed and versions in
            ``adata.uns["clear"]``.

        Raises
        ------
        ClearError
            Before :meth:`fit`, on invalid data, and when more than a fifth of the genes is
            missing.
        """
        self._check_trained()
        counts = self.counts_ if counts is None else counts
        expression = Expression(adata, self.layer_, counts, self.use_raw_)
        check_unique(expression.genes)
        columns = expression.genes.get_indexer(self.genes_)
        report_missing(self.genes_, columns)
        return self._store(adata, map(torch.from_numpy, expression.blocks(columns)))

    def _store(self, adata: AnnData, blocks: Iterable[torch.Tensor]) -> np.ndarray:
        """Embed the blocks of cells (cells x genes), write the embedding and return it."""
        embedding = np.empty((adata.n_obs, self.preset_.dimensions), dtype=np.float32)
        done = 0
        size = min(adata.n_obs, BLOCK_CELLS), len(self.genes_), self.preset_.hidden_nodes
        with torch.inference_mode(), threads_for(*size):
            for profiles in blocks:
                part = embed(self.encoder_, profiles.to(self.device_), self.preset_)
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
            "preset": self.preset_.name,
            "settings": dataclasses.asdict(self.preset_),
            "seed": int(self.seed),
            "version": __version__,
            "device": self.device_,
            "precision": self.precision_,
            "computed_by": dict(self.computed_by_),
            "collapsed": self.collapsed_,
            "genes": self.genes_.copy(),
        }
        if self.batch_key is not None:
            adata.uns["clear"]["batch_key"] = self.batch_key
        return embedding

    def fit_transform(self, adata: AnnData, layer: str | None = None, **options) -> np.ndarray:
        """Call :meth:`fit` with its options, then :meth:`transform`, on the same ``adata``.

        The cells are read once for both.
        """
        with self._fitted(adata, layer=layer, **options) as source:
            return self._store(adata, source.blocks(BLOCK_CELLS))

    def save(self, folder: str | Path) -> None:
        """Write the trained model: tensors as safetensors, everything else as JSON.

        Parameters
        ----------
        folder
            A new or empty folder, or one with an earlier model, which is replaced.

        Raises
        ------
        ClearError
            Before :meth:`fit`, or when the folder holds other files or cannot be written.
        """
        self._check_trained()
        write_model(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path, device: str = "auto") -> "CLEAR":
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        folder
            The model's folder.
        device
            The device for ``transform``, as in :class:`CLEAR`. On the kind of device that the
            model was trained on the embedding is the same, bitwise on the CPU.

        Returns
        -------
        CLEAR
            A trained model. Its ``preset`` holds all settings, overrides included.

        Raises
        ------
        ClearError
            When files are missing, were changed or truncated, or have a newer format.
        """
        return read_model(cls, Path(folder), device)

    def _check_trained(self) -> None:
        if not hasattr(self, "encoder_"):
            raise ClearError("This CLEAR is not trained yet; call fit first.")
