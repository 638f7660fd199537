"""The training step as one CUDA graph: one launch per step instead of a hundred kernels."""

import logging

import torch
from torch import Tensor

from clear.model.learner import Learner
from clear.model.optim import set_rate
from clear.model.step import learn, step
from clear.presets import Preset

log = logging.getLogger("clear")

# Steps before the recording, so that what they allocate is not recorded and then allocated anew
# by each replay.
FIRST_STEPS = 3


class GraphedStep:
    """Does :func:`clear.model.step.step`, on CUDA by replaying a graph where that is possible.

    A graph has fixed shapes and addresses. Steps are therefore launched kernel by kernel until the
    queue is full and optimiser and libraries have allocated their memory, and so is a smaller last
    minibatch; another pool needs another graph. Crossovers that write back have no fixed shapes
    and never get one.
    """

    def __init__(self, learner: Learner, preset: Preset):
        self.learner, self.preset = learner, preset
        self.usable = learner.device.type == "cuda" and not preset.crossover_writes_back
        self.graph = self.recorded = None
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
        """Return the addresses that a graph has recorded: those of cells and of positives."""
        pool, neighbours = self.learner.augment.pool, self.learner.neighbours
        where = 0 if neighbours is None else neighbours.positives.data_ptr()
        return pool.data_ptr(), len(pool), where

    def _capture(self, batch: Tensor) -> None:
        learner = self.learner
        self.recorded, self.batch = self._addresses(), batch.clone()
        self.graph = torch.cuda.CUDAGraph()
        self.graph.register_generator_state(learner.augment.generator)
        try:
            with torch.cuda.graph(self.graph):
                self.measures = learn(learner, self.batch, self.preset)
                self.anchors = learner.anchors
        except RuntimeError as error:
            log.info(
                "Recording a CUDA graph failed, steps are launched kernel by kernel (%s).", error
            )
            self.graph, self.usable = None, False
