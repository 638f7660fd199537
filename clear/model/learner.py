"""The state of a training: everything that steps change, and how to store and restore it."""

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from clear.errors import ClearError
from clear.fast.precision import input_type
from clear.model.augment import Augmenter
from clear.model.components import spread
from clear.model.direct import direct
from clear.model.encoder import build_encoder
from clear.model.loss import loss_kernel
from clear.model.neighbours import Neighbours
from clear.model.optim import build_optimizer
from clear.model.parallel import Shares
from clear.model.queue import Queue
from clear.presets import Preset


class Learner:
    """Everything that is trained, at the start of a training.

    ``cells`` and ``genes`` are the size of the data; ``precision`` is that of the matrix products.

    Attributes
    ----------
    query_encoder, key_encoder, optimizer, queue, augment
        See their classes.
    direct, moved_by
        Both encoders' part of a step without autograd, where there is a kernel for it
        (:mod:`.direct`), else ``None``; and in words what does it.
    loss, compared_by
        Loss, its gradient, measures and queue as kernels (:mod:`.loss`), else ``None``; and
        in words what does them.
    neighbours
        Draws positives; ``None`` where the positive of a cell is the cell itself.
    shuffle
        Random numbers for the order of the cells.
    history
        One dict per finished epoch.
    fresh
        Whether no cells have been used yet.
    batch_size
        Cells of a full minibatch.
    shares
        Which part of each minibatch this process does, where there are several.
    anchors
        Query encoder's embedding of the first augmentations of the last minibatch (cells x
        dimensions, rows of length 1).
    """

    def __init__(
        self,
        cells: int,
        genes: int,
        device: torch.device,
        preset: Preset,
        seed: int,
        precision: str = "fp32",
    ):
        self.preset, self.device, self.precision = preset, device, precision
        self.fresh = True
        self.batch_size = min(preset.batch_size, cells)
        self.shares = Shares(preset, self.batch_size)
        # Independent random streams: using one differently leaves the others unchanged.
        seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(3, np.uint64)]
        start, self.shuffle = (torch.Generator().manual_seed(s) for s in seeds[:2])
        generator = torch.Generator(device).manual_seed(seeds[2])
        self.augment = Augmenter(preset, generator, input_type(precision))
        draws = preset.neighbors or preset.keys == "components"
        self.neighbours = Neighbours(preset, self.shuffle, generator) if draws else None
        self.query_encoder = build_encoder(genes, preset, start).to(device)
        self.key_encoder = copy.deepcopy(self.query_encoder).requires_grad_(False)
        self.optimizer = build_optimizer(self.query_encoder.parameters(), preset)
        self.queue = Queue(
            queue_length(preset, cells),
            preset.n_latent,
            device,
            start if preset.queue_start == "random" else None,
        )
        self.direct, self.moved_by = direct(self)
        self.loss, self.compared_by = loss_kernel(self)
        self.history = []

    def use(self, pool: Tensor, batches: Tensor | None = None) -> None:
        """Take cells from ``pool`` from now on (cells x genes, on the device that trains).

        ``batches`` numbers the batch of each cell; ``None``: they have none.
        """
        if self.preset.standardised_input and self.fresh:
            # From the whole pool: a gene that no chosen cell expresses is lost.
            some = pool[spread(pool)]
            for encoder in (self.query_encoder, self.key_encoder):
                encoder[0].learn_genes(some)
            if self.direct is not None:
                self.direct.refresh()
        self.fresh = False
        self.augment.use(pool)
        if self.neighbours is not None:
            self.neighbours.use(pool, batches)

    def state(self) -> dict:
        """Return copies on the CPU of everything that :meth:`restore` needs.

        Valid between epochs only: what crossovers write back lasts one epoch and is not stored.

        Returns
        -------
        dict
            ``"tensors"``, a dict of tensors by name, and ``"meta"``, values that JSON can hold.
        """
        ring, places = self.queue.state()
        tensors = {
            "queue": ring,
            "random.shuffle": self.shuffle.get_state(),
            "random.augment": self.augment.generator.get_state(),
        }
        for name, encoder in (("query", self.query_encoder), ("key", self.key_encoder)):
            tensors |= {f"{name}.{key}": value for key, value in encoder.state_dict().items()}
        if self.neighbours is not None:
            found = self.neighbours.state().items()
            tensors |= {f"components.{key}": value for key, value in found}
        for number, values in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{key}": value for key, value in values.items()}
        return {
            "tensors": {
                name: tensor.detach().to("cpu", copy=True).contiguous()
                for name, tensor in tensors.items()
            },
            "meta": {"queue": places, "history": copy.deepcopy(self.history)},
        }

    def restore(self, stored: Mapping) -> None:
        """Restore an earlier :meth:`state`, which is not changed.

        Raises
        ------
        ClearError
            When it is incomplete, or has other shapes or another kind of device.
        """
        try:
            tensors, meta = stored["tensors"], stored["meta"]
            self.query_encoder.load_state_dict(_below("query.", tensors))
            self.key_encoder.load_state_dict(_below("key.", tensors))
            values = {}
            for name, tensor in _below("optimizer.", tensors).items():
                number, key = name.split(".")
                values.setdefault(int(number), {})[key] = tensor.clone()
            groups = self.optimizer.state_dict()["param_groups"]
            self.optimizer.load_state_dict({"state": values, "param_groups": groups})
            self.queue.restore(tensors["queue"], meta["queue"])
            self.shuffle.set_state(tensors["random.shuffle"])
            self.augment.generator.set_state(tensors["random.augment"])
            if self.neighbours is not None:
                self.neighbours.restore(_below("components.", tensors))
            self.history = copy.deepcopy(meta["history"])
            self.fresh = False
            if self.direct is not None:
                self.direct.refresh()
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise ClearError(
                f"The stored training is incomplete or from another kind of device: {error}."
            ) from error


def queue_length(preset: Preset, cells: int) -> int:
    """Return the capacity of the queue for a data set of ``cells`` cells."""
    if preset.queue_limit == "two_per_cell" or not preset.queue:
        return min(preset.queue, 2 * cells)
    return cells if cells < preset.batch_size else preset.queue


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
