"""The training step as one CUDA graph: one launch per step instead of a hundred kernels."""

import logging

import torch
from torch import Tensor

from clear.errors import one_line
from clear.model.learner import Learner
from clear.model.optim import set_rate
from clear.model.parallel import started
from clear.model.step import learn, step
from clear.presets import Preset

log = logging.getLogger("clear")

# Steps before the recording, so that what they allocate is not recorded and then allocated anew
# by each replay.
FIRST_STEPS = 3
LAUNCHED = "operation by operation"


class GraphedStep:
    """Does :func:`clear.model.step.step`, on CUDA by replaying a graph where that is possible.

    A graph has fixed shapes and addresses. Steps are therefore launched kernel by kernel until the
    queue is full and optimiser and libraries have allocated their memory, and so is a smaller last
    minibatch; another pool needs another graph. Crossovers that write back have no fixed shapes
    and never get one.

    Attributes
    ----------
    done_by
        What does the steps, and why, in words.
    """

    def __init__(self, learner: Learner, preset: Preset):
        self.learner, self.preset = learner, preset
        self.graph = self.recorded = None
        unusable = _unusable(learner.device, preset)
        self.usable = unusable is None
        why = unusable or "the training was too short for a CUDA graph"
        self.done_by = f"{LAUNCHED} ({why})"
        self.taken = 0

    def __call__(self, batch: Tensor, rate: float) -> Tensor:
        """Learn from one minibatch; return what :func:`clear.model.step.step` returns."""
        learner = self.learner
        ready = learner.queue.full and self.taken >= FIRST_STEPS
        if self.usable and ready and len(batch) == learner.batch_size:
            if self._addresses() != self.recorded:
                self._capture(batch)
            if self.graph is not None:
                set_rate(learner.optimizer, rate)
                self.batch.copy_(batch)
                self.graph.replay()
                learner.anchors = self.anchors
                return self.measures.clone()
        self.taken += 1
        return step(learner, batch, self.preset, rate)

    def _addresses(self) -> tuple:
        """Return the addresses that a graph has recorded: of cells, positives and fixed keys."""
        pool, neighbours = self.learner.augment.pool, self.learner.neighbours
        found = ()
        if neighbours is not None:
            found = neighbours.positives, neighbours.keys, neighbours.scales
        return pool.data_ptr(), len(pool), *(0 if t is None else t.data_ptr() for t in found)

    def _capture(self, batch: Tensor) -> None:
        learner = self.learner
        self.recorded, self.batch = self._addresses(), batch.clone()
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(learner.augment.generator)
        try:
            with torch.cuda.graph(self.graph):
                self.measures = learn(learner, self.batch, self.preset)
                self.anchors = learner.anchors
            self.done_by = "CUDA graph"
        except RuntimeError as error:
            why = f"recording a CUDA graph failed: {one_line(error)}"
            log.info("Steps are done %s: %s.", LAUNCHED, why)
            self.graph, self.usable = None, False
            self.done_by = f"{LAUNCHED} ({why})"


def _unusable(device: torch.device, preset: Preset) -> str | None:
    """Say why there can be no graph, if so."""
    if device.type != "cuda":
        return "CUDA graphs are for GPUs"
    if started() > 1:
        return "several processes share each step"
    if preset.crossover_writes_back:
        return "crossover_writes_back has no fixed shapes, which a CUDA graph needs"
    return None
