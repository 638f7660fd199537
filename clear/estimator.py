"""The estimator: CLEAR for an AnnData."""

import dataclasses
import logging
import math

import numpy as np
import torch
from anndata import AnnData

import clear
from clear.encoder import unit_length
from clear.errors import ClearError
from clear.matrix import check_unique, dense_columns, genes_to_use, log_expression
from clear.presets import Preset, get_preset
from clear.train import collapsed, train

log = logging.getLogger("clear")

MAX_MISSING_GENES = 0.2
TRANSFORM_CELLS = 8192


class CLEAR:
    """Contrastive representations of single cells.

    Parameters
    ----------
    preset
        Name of a preset, or a :class:`clear.presets.Preset` of one's own.
    n_latent
        Dimensions of the embedding; ``None``: the preset's (128).
    seed
        Seeds everything random; PyTorch's and NumPy's global states are left alone.
    device
        ``"auto"`` (CUDA where there is one), ``"cpu"`` or ``"cuda"``.
    epochs
        Passes over all cells; ``None``: the preset's.

    Attributes
    ----------
    preset_
        The settings used (:class:`clear.presets.Preset`).
    device_
        The device used.
    layer_
        The layer fitted to; ``transform`` reads the same one.
    genes_
        Names of the genes used: those marked in ``adata.var["highly_variable"]``, else all.
    encoder_
        The trained query encoder (:class:`torch.nn.Module`).
    history_
        One dict per epoch, see :func:`clear.train.train`.
    collapsed_
        Whether the training ended in a collapse, see :func:`clear.train.collapsed`.

    Examples
    --------
    >>> embedding = clear.CLEAR(seed=0).fit_transform(adata)  # cells x 128
    >>> sc.pp.neighbors(adata, use_rep="X_clear")
    """

    def __init__(
        self,
        preset: str | Preset = "paper",
        n_latent: int | None = None,
        seed: int = 0,
        device: str = "auto",
        epochs: int | None = None,
    ):
        self.preset = preset
        self.n_latent = n_latent
        self.seed = seed
        self.device = device
        self.epochs = epochs

    def fit(self, adata: AnnData, layer: str | None = None) -> "CLEAR":
        """Train on all cells of ``adata``, which is not changed.

        Parameters
        ----------
        adata
            Cells x genes, at least two cells, unique gene names.
        layer
            ``None``: ``adata.X``, log-normalised. ``"counts"``: the counts in that layer,
            normalised (10,000 per cell, log1p) here. Any other layer is taken like ``X``.

        Raises
        ------
        ClearError
            On settings or data that cannot be used; the message says what to do.
        """
        preset, device = self._settings()
        matrix = log_expression(adata, layer)
        if adata.n_obs < 2:
            raise ClearError(
                "CLEAR needs at least two cells to train: it learns to tell them apart."
            )
        genes = genes_to_use(adata)
        pool = dense_columns(matrix, adata.var_names.get_indexer(genes))

        encoder, history = train(torch.from_numpy(pool).to(device), preset, int(self.seed))
        self.preset_, self.device_, self.layer_ = preset, str(device), layer
        self.genes_ = genes.to_numpy(dtype=str)
        self.encoder_, self.history_ = encoder.eval(), history
        self.collapsed_ = collapsed(history, preset.n_latent)
        if self.collapsed_:
            last = history[-1]
            log.warning(
                "The training collapsed: loss %.3f (chance: %.3f), positives picked %.1f %%, "
                "standard deviation of the embedding %.4f (at most %.4f). The embedding hardly "
                "tells cells apart. Lower the learning rate (now %g), for instance "
                "CLEAR(preset=dataclasses.replace(clear.presets.PAPER, learning_rate=%g)).",
                last["loss"],
                last["chance"],
                100 * last["accuracy"],
                last["embedding_sd"],
                1 / math.sqrt(preset.n_latent),
                preset.learning_rate,
                min(1e-3, preset.learning_rate / 10),
            )
        return self

    def transform(self, adata: AnnData) -> np.ndarray:
        """Embed the cells of ``adata`` with the trained query encoder.

        Genes are matched by name; ones that are missing count as not expressed and are
        reported. Reads the layer that :meth:`fit` read.

        Returns
        -------
        ndarray
            Cells x ``n_latent``, float32; rows of unit length where the preset says so. Also
            written to ``adata.obsm["X_clear"]``, with its origin in ``adata.uns["clear"]``.

        Raises
        ------
        ClearError
            Before :meth:`fit`, on data that cannot be used, and when more than a fifth of
            the genes is missing.
        """
        if not hasattr(self, "encoder_"):
            raise ClearError("This CLEAR is not trained yet; call fit first.")
        matrix = log_expression(adata, self.layer_)
        check_unique(adata)
        columns = adata.var_names.get_indexer(self.genes_)
        self._report_missing(columns)
        parts = []
        with torch.inference_mode():
            for start in range(0, adata.n_obs, TRANSFORM_CELLS):
                block = dense_columns(matrix[start : start + TRANSFORM_CELLS], columns)
                part = self.encoder_(torch.from_numpy(block).to(self.device_))
                parts.append((unit_length(part) if self.preset_.unit_embedding else part).cpu())
        embedding = torch.cat(parts).numpy()
        if not np.isfinite(embedding).all():
            raise ClearError("The embedding holds values that are not finite: training diverged.")
        adata.obsm["X_clear"] = embedding
        adata.uns["clear"] = {
            "preset": self.preset_.name,
            "settings": dataclasses.asdict(self.preset_),
            "seed": int(self.seed),
            "version": clear.__version__,
            "device": self.device_,
            "collapsed": self.collapsed_,
        }
        return embedding

    def fit_transform(self, adata: AnnData, layer: str | None = None) -> np.ndarray:
        """Train on ``adata`` and embed it: :meth:`fit`, then :meth:`transform`."""
        return self.fit(adata, layer=layer).transform(adata)

    def _settings(self) -> tuple[Preset, torch.device]:
        """Check the parameters; return the preset with its overrides, and the device."""
        preset = self.preset if isinstance(self.preset, Preset) else get_preset(self.preset)
        overrides = {"n_latent": self.n_latent, "epochs": self.epochs}
        preset = dataclasses.replace(
            preset, **{name: value for name, value in overrides.items() if value is not None}
        )
        if not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise ClearError(f"The seed must be a whole number from 0 on, not {self.seed!r}.")
        if self.device not in ("auto", "cpu", "cuda"):
            raise ClearError(f"The device must be auto, cpu or cuda, not {self.device!r}.")
        if self.device == "cuda" and not torch.cuda.is_available():
            raise ClearError("There is no CUDA device here; use device='auto' or 'cpu'.")
        use_cuda = self.device != "cpu" and torch.cuda.is_available()
        return preset, torch.device("cuda" if use_cuda else "cpu")

    def _report_missing(self, columns: np.ndarray) -> None:
        missing = self.genes_[columns < 0]
        if not len(missing):
            return
        share = len(missing) / len(self.genes_)
        names = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        text = f"{len(missing)} of the {len(self.genes_)} trained genes are missing: {names}"
        if share > MAX_MISSING_GENES:
            raise ClearError(
                f"{text}. At most {MAX_MISSING_GENES:.0%} may be; check that both data sets "
                "use the same kind of gene names."
            )
        log.warning("%s. They count as not expressed.", text)
