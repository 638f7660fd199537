"""The class :class:`CLEAR`: what a user can set, call and look at."""

from pathlib import Path

import numpy as np
import torch
from anndata import AnnData

from clear.cells.genes import check_unique, report_missing
from clear.cells.matrix import BLOCK_CELLS, Expression
from clear.errors import ClearError
from clear.estimator.embedding import store
from clear.estimator.fit import fitted
from clear.estimator.genes import N_TOP_GENES
from clear.files.checkpoint import SECONDS
from clear.files.model import read_model, write_model
from clear.parameters import Parameters
from clear.presets import Preset


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
        n_top_genes: int | None = N_TOP_GENES,
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
        with fitted(self, adata, layer, counts, use_raw, checkpoint, resume, checkpoint_seconds):
            return self

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
        return store(self, adata, map(torch.from_numpy, expression.blocks(columns)))

    def fit_transform(self, adata: AnnData, layer: str | None = None, **options) -> np.ndarray:
        """Call :meth:`fit` with its options, then :meth:`transform`, on the same ``adata``.

        The cells are read once for both.
        """
        with fitted(self, adata, layer=layer, **options) as source:
            return store(self, adata, source.blocks(BLOCK_CELLS))

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
