"""Checkpoints: a killed training resumes from the last state that it wrote."""

import dataclasses
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from clear.errors import ClearError
from clear.files.storage import check_free, read_folder, write_folder
from clear.presets import Preset

log = logging.getLogger("clear")

KIND = "checkpoint"
SECONDS = 60.0  # between two states
GENE_NAMES, EXPRESSION, BATCHES = "gene names", "expression values", "batches"


def origin(
    preset: Preset,
    seed: int,
    device: str,
    precision: str,
    cells: int,
    genes: Sequence[str],
    values: str,
    batches: np.ndarray | None = None,
) -> dict:
    """Return everything that a training depends on, to be stored and compared.

    Parameters
    ----------
    preset, seed, device, precision
        Settings, seed, kind of device, and precision of matrix products.
    cells, genes
        Number of cells, names of the genes.
    values
        SHA-256 digest of the expression used (cells x genes, float32, cell by cell).
    batches
        Number of each cell's batch, where the training is told.

    Returns
    -------
    dict
        A flat dict, with the SHA-256 digest of the gene names.
    """
    names = hashlib.sha256("\n".join(genes).encode()).hexdigest()
    settings = dataclasses.asdict(preset)
    told = {} if batches is None else {BATCHES: hashlib.sha256(batches.tobytes()).hexdigest()}
    if preset.keys == "components":  # states of before do not say so, and are refused
        told["weights of the keys"] = "variances"
    return told | {
        "preset": settings.pop("name"),
        **settings,
        "seed": seed,
        "device": device,
        "precision": precision,
        "cells": cells,
        "genes": len(genes),
        GENE_NAMES: names,
        EXPRESSION: values,
    }


class Checkpoint:
    """A folder that holds the newest state of one training.

    Parameters
    ----------
    folder
        Created with the first state.
    made_of
        The :func:`origin` of this training.
    epochs
        Epochs of the whole training; the state after the last one is always written.
    seconds
        Time between two writes; 0 writes after each epoch.

    Raises
    ------
    ClearError
        When the folder holds something else.
    """

    def __init__(self, folder: str | Path, made_of: dict, epochs: int, seconds: float = SECONDS):
        self.folder, self.made_of, self.epochs = Path(folder), made_of, epochs
        if not isinstance(seconds, int | float) or not seconds >= 0:
            raise ClearError(f"The seconds between checkpoints must be 0 or more, not {seconds!r}.")
        self.seconds = seconds
        check_free(self.folder, KIND)
        # Write after the first epoch, so that an unwritable folder fails early.
        self._due = 0.0

    def on_epoch(self, epoch: int, state: Callable[[], dict]) -> None:
        """Write the state if it is due; :func:`clear.model.train.train` calls this.

        Raises
        ------
        ClearError
            When the folder cannot be written.
        """
        if epoch < self.epochs and time.monotonic() < self._due:
            return
        now = state()
        settings = {"made_of": self.made_of, "state": now["meta"]}
        write_folder(self.folder, KIND, now["tensors"], settings)
        self._due = time.monotonic() + self.seconds

    def start(self, resume: bool) -> dict | None:
        """Return the state to resume from, for ``train(..., resume=state)``.

        Unless ``resume``, the folder must not hold a state.

        Returns
        -------
        dict or None
            ``None`` where there is no state: the training starts from the beginning.

        Raises
        ------
        ClearError
            When the folder is damaged, or its state comes from another training; the message
            names what differs.
        """
        if not (self.folder / f"{KIND}.json").exists():
            return None
        if not resume:
            raise ClearError(
                f"The folder {self.folder} holds the checkpoint of an earlier training; resume "
                "it (resume=True, on the command line --resume), or give another folder."
            )
        tensors, settings = read_folder(self.folder, KIND)
        try:
            made_of, state = settings["made_of"], settings["state"]
            epoch = state["epoch"]
        except (KeyError, TypeError) as error:
            raise ClearError(
                f"The checkpoint {self.folder} lacks {error}: it was changed. Give another folder."
            ) from error
        differences = _differences(made_of, self.made_of)
        if differences:
            raise ClearError(
                f"The checkpoint {self.folder} comes from another training: "
                f"{'; '.join(differences)}. Use what it was started with, or give another "
                "folder to start a new one."
            )
        log.info("Resuming after epoch %d of %d.", epoch, self.epochs)
        return {"tensors": tensors, "meta": state}


def _differences(then: dict, now: dict) -> list[str]:
    """Describe each entry that differs."""
    return [
        f"other {name}"
        if name in (GENE_NAMES, EXPRESSION, BATCHES)
        else f"{name} {now.get(name)!r} instead of {then.get(name)!r}"
        for name in then | now
        if then.get(name) != now.get(name)
    ]
