"""The estimator: CLEAR for an AnnData."""

import contextlib
import dataclasses
import hashlib
import logging
from pathlib import Path

import numpy as np
import torch
from anndata import AnnData

import clear
from clear.checkpoint import Checkpoint, origin
from clear.collapse import collapsed, warning
from clear.encoder import build_encoder, unit_length
from clear.errors import ClearError
from clear.hvg import highly_variable, moments
from clear.matrix import Expression, check_unique, genes_to_use
from clear.precision import choose_precision
from clear.presets import Preset, get_preset
from clear.sources import gather
from clear.storage import read_folder, write_folder
from clear.train import train

log = logging.getLogger("clear")

MAX_MISSING_GENES = 0.2
MANY_GENES = 5000


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
    precision
        Of the matrix products in the training: ``"fp32"``, ``"bf16"`` or ``"auto"``, bfloat16
        where the device has fast and accurate instructions for it. ``transform`` always
        computes in float32.
    n_top_genes
        How many genes to use where none are marked in ``adata.var["highly_variable"]``: the
        most variable ones, see :func:`clear.hvg.highly_variable`. ``None``: all.

    Attributes
    ----------
    preset_
        The settings used (:class:`clear.presets.Preset`).
    device_
        The device used.
    precision_
        The precision trained in, ``"fp32"`` or ``"bf16"``.
    layer_, counts_
        The layer fitted to, and whether it was taken as counts; ``transform`` does the same.
    genes_
        Names of the genes used: those marked in ``adata.var["highly_variable"]``, else the
        ``n_top_genes`` most variable ones, else all.
    encoder_
        The trained encoder (:class:`torch.nn.Module`).
    history_
        One dict per epoch, see :func:`clear.train.train`.
    collapsed_
        Whether the training ended in a collapse, see :func:`clear.collapse.collapsed`.

    Examples
    --------
    >>> embedding = clear.CLEAR(seed=0).fit_transform(adata)  # cells x 128
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
        n_top_genes: int | None = None,
    ):
        self.preset = preset
        self.n_latent = n_latent
        self.seed = seed
        self.device = device
        self.epochs = epochs
        self.precision = precision
        self.n_top_genes = n_top_genes

    def fit(
        self,
        adata: AnnData,
        layer: str | None = None,
        counts: bool | None = None,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        checkpoint_seconds: float = 60.0,
    ) -> "CLEAR":
        """Train on all cells of ``adata``, which is not changed.

        Parameters
        ----------
        adata
            Cells x genes, in memory or backed; at least two cells, unique gene names.
        layer
            Name of the layer to train on; ``None``: ``adata.X``.
        counts
            Whether the values there are counts, to be normalised here (10,000 per cell, log1p)
            for the model only. ``None``: only where the layer is called ``"counts"``. Other
            values must be log-normalised.
        checkpoint
            Folder for the state of the training, written after the first epoch, then about
            every ``checkpoint_seconds``, and after the last epoch.
        resume
            Go on from the state in ``checkpoint``, or start where there is none yet. On the
            CPU the embedding is, to the last bit, that of a training without interruption.
        checkpoint_seconds
            Time between two states; 0: after each epoch.

        Raises
        ------
        ClearError
            On settings or data that cannot be used; the message says what to do.
        """
        preset, device = self._settings()
        precision = choose_precision(self.precision, device)
        if resume and checkpoint is None:
            raise ClearError("To resume, name the folder of the checkpoint.")
        expression = Expression(adata, layer, counts)
        if adata.n_obs < 2:
            raise ClearError(
                "CLEAR needs at least two cells to train: it learns to tell them apart."
            )
        preset = preset.for_cells(adata.n_obs)
        genes = genes_to_use(adata)
        if "highly_variable" not in adata.var and len(genes) > (self.n_top_genes or len(genes)):
            genes = genes[highly_variable(*moments(expression.all_genes()), self.n_top_genes)]
        elif len(genes) > MANY_GENES and self.n_top_genes is None:
            log.info(
                "No highly variable genes are marked: training on all %d genes. On 2,000 of them "
                "(n_top_genes=2000, on the command line --n-top-genes 2000) it is faster.",
                len(genes),
            )

        columns = adata.var_names.get_indexer(genes)
        digest = hashlib.sha256() if checkpoint is not None else None
        seen = None if digest is None else digest.update
        state = on_epoch = None
        with contextlib.closing(gather(expression, columns, device, preset, seen)) as source:
            if digest is not None:
                made_of = origin(
                    preset,
                    int(self.seed),
                    device.type,
                    precision,
                    adata.n_obs,
                    genes,
                    digest.hexdigest(),
                )
                keeper = Checkpoint(checkpoint, made_of, preset.epochs, checkpoint_seconds)
                state, on_epoch = keeper.start(resume), keeper.on_epoch
            encoder, history = train(source, preset, int(self.seed), state, on_epoch, precision)
        self.preset_, self.device_, self.precision_ = preset, str(device), precision
        self.layer_, self.counts_ = layer, expression.counts
        self.genes_ = genes.to_numpy(dtype=str)
        self.encoder_, self.history_ = encoder.eval(), history
        self.collapsed_ = collapsed(history, preset.n_latent)
        if self.collapsed_:
            log.warning(warning(history, preset))
        return self

    def transform(self, adata: AnnData) -> np.ndarray:
        """Embed the cells of ``adata`` with the trained encoder.

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
        self._check_trained()
        expression = Expression(adata, self.layer_, self.counts_)
        check_unique(adata)
        columns = adata.var_names.get_indexer(self.genes_)
        self._report_missing(columns)
        embedding = np.empty((adata.n_obs, self.preset_.n_latent), dtype=np.float32)
        done = 0
        with torch.inference_mode():
            for block in expression.blocks(columns):
                part = self.encoder_(torch.from_numpy(block).to(self.device_))
                part = unit_length(part) if self.preset_.unit_embedding else part
                if not part.isfinite().all():
                    raise ClearError(
                        "The embedding holds values that are not finite: training diverged."
                    )
                embedding[done : done + len(block)] = part.cpu().numpy()
                done += len(block)
        adata.obsm["X_clear"] = embedding
        adata.uns["clear"] = {
            "preset": self.preset_.name,
            "settings": dataclasses.asdict(self.preset_),
            "seed": int(self.seed),
            "version": clear.__version__,
            "device": self.device_,
            "precision": self.precision_,
            "collapsed": self.collapsed_,
            "genes": self.genes_.copy(),
        }
        return embedding

    def fit_transform(self, adata: AnnData, layer: str | None = None, **options) -> np.ndarray:
        """Train on ``adata`` and embed it: :meth:`fit` with its options, :meth:`transform`."""
        return self.fit(adata, layer=layer, **options).transform(adata)

    def save(self, folder: str | Path) -> None:
        """Write the trained model: tensors as safetensors, everything else as JSON.

        Parameters
        ----------
        folder
            A new or empty folder, or one with a model, which is replaced.

        Raises
        ------
        ClearError
            Before :meth:`fit`, or when the folder holds other files or cannot be written.
        """
        self._check_trained()
        settings = {
            "preset": dataclasses.asdict(self.preset_),
            "seed": int(self.seed),
            "device": self.device_,
            "precision": self.precision_,
            "layer": self.layer_,
            "counts": self.counts_,
            "genes": self.genes_.tolist(),
            "history": self.history_,
        }
        write_folder(Path(folder), "model", self.encoder_.state_dict(), settings)

    @classmethod
    def load(cls, folder: str | Path, device: str = "auto") -> "CLEAR":
        """Read a model that :meth:`save` wrote.

        Parameters
        ----------
        folder
            The model's folder.
        device
            Where ``transform`` is to work, as in :class:`CLEAR`. On the kind of device that the
            model was trained on it gives the same embedding, to the last bit on the CPU.

        Returns
        -------
        CLEAR
            Trained. Its ``preset`` holds all settings with the overrides that were given.

        Raises
        ------
        ClearError
            When files are missing, were changed or cut off, or are of a newer format.
        """
        tensors, settings = read_folder(Path(folder), "model")
        try:
            preset = Preset(**settings["preset"])
        except TypeError as error:
            raise ClearError(
                f"The model {folder} has a setting that clear {clear.__version__} does not know "
                f"({error}); update clear."
            ) from error
        # Models of earlier versions do not say it: they were trained in float32.
        precision = settings.get("precision", "fp32")
        model = cls(preset, seed=settings["seed"], device=device, precision=precision)
        model.preset_, device = model._settings()
        model.device_, model.precision_ = str(device), precision
        model.layer_, model.counts_ = settings["layer"], settings["counts"]
        model.genes_ = np.array(settings["genes"], dtype=str)
        model.history_ = settings["history"]
        model.collapsed_ = collapsed(model.history_, model.preset_.n_latent)
        # The first weights are overwritten: any generator does.
        encoder = build_encoder(len(model.genes_), model.preset_, torch.Generator())
        encoder.load_state_dict(tensors)
        model.encoder_ = encoder.to(device).requires_grad_(False).eval()
        return model

    def _check_trained(self) -> None:
        if not hasattr(self, "encoder_"):
            raise ClearError("This CLEAR is not trained yet; call fit first.")

    def _settings(self) -> tuple[Preset, torch.device]:
        """Check the parameters; return the preset with its overrides, and the device."""
        preset = self.preset if isinstance(self.preset, Preset) else get_preset(self.preset)
        overrides = {"n_latent": self.n_latent, "epochs": self.epochs}
        if self.epochs is not None:  # these, and not more
            overrides["min_steps"] = 0
        preset = dataclasses.replace(
            preset, **{name: value for name, value in overrides.items() if value is not None}
        )
        if not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise ClearError(f"The seed must be a whole number from 0 on, not {self.seed!r}.")
        if self.n_top_genes is not None and (
            not isinstance(self.n_top_genes, int | np.integer) or self.n_top_genes < 1
        ):
            raise ClearError(
                f"n_top_genes must be a whole number from 1 on, or None for all genes, not "
                f"{self.n_top_genes!r}."
            )
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
