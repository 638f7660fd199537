"""The encoders' part of a step on a GPU, written out: no autograd, and no weight is cast twice.

Factors are bfloat16 as in :mod:`clear.fast.precision`; the kernel that moves the weights writes
them for the next step (:mod:`clear.fast.update_cuda`).
"""

import logging

import torch
from torch import Tensor, nn

from clear.errors import one_line
from clear.presets import Preset

log = logging.getLogger("clear")


class Direct:
    """Both encoders of a training, and Adam.

    Parameters
    ----------
    query, key
        As :func:`clear.model.encoder.build_encoder` makes them.
    optimizer
        The query encoder's Adam, whose state is kept as Adam itself would.
    preset
        Its settings.

    Raises
    ------
    ImportError, RuntimeError
        When there is no Triton, or its kernel cannot be compiled.
    """

    def __init__(
        self, query: nn.Sequential, key: nn.Sequential, optimizer: torch.optim.Adam, preset: Preset
    ):
        from clear.fast.update_cuda import Factors

        self.preset, self.optimizer = preset, optimizer
        self.layers = [Factors(query[place], key[place]) for place in (0, 2)]
        self.parameters = [
            parameter for f in self.layers for parameter in (f.query.weight, f.query.bias)
        ]
        for parameter in self.parameters:
            zeros = torch.zeros_like(parameter, requires_grad=False)
            step = torch.zeros((), device=parameter.device)
            optimizer.state[parameter] = {
                "step": step,
                "exp_avg": zeros,
                "exp_avg_sq": zeros.clone(),
            }
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Take over weights that something else has changed."""
        for factors in self.layers:
            factors.refresh()

    @torch.no_grad()
    def forward(self, anchors: Tensor, others: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return both encoders' outputs of augmented profiles.

        Parameters
        ----------
        anchors
            What the query encoder encodes (rows x genes, bfloat16); kept for :meth:`backward`.
        others
            What the key encoder does, likewise; ``None``, with fixed keys: nothing.

        Returns
        -------
        tuple of Tensor
            Outputs of the query and of the key encoder (rows x ``n_latent``, bfloat16, after a last
            ReLU if there is one); the second is ``None`` where ``others`` is.
        """
        first, second = self.layers
        hidden = torch._addmm_activation(first.offset, anchors, first.factor.T)
        self.saved = anchors, hidden, self._last(hidden, second.factor, second.offset)
        query = self.saved[2]
        if others is None:
            return query, None
        hidden = torch._addmm_activation(first.key_offset, others, first.key_factor.T)
        return query, self._last(hidden, second.key_factor, second.key_offset)

    def _last(self, hidden: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
        product = torch._addmm_activation if self.preset.last_relu else torch.addmm
        return product(offset, hidden, factor.T)

    @torch.no_grad()
    def backward(self, gradient: Tensor, before_relu: bool = False) -> None:
        """Move both encoders by one step, after :meth:`forward`.

        Adam (Kingma and Ba 2015) at the optimiser's rate, whose state is changed in place, then
        equation 3.

        Parameters
        ----------
        gradient
            Of the loss, for the outputs that :meth:`forward` returned (rows x ``n_latent``, any
            floating type; rounded to bfloat16).
        before_relu
            Whether it is for what a last ReLU was given, not for what it gave.
        """
        anchors, hidden, output = self.saved
        self.saved = None
        first, second = self.layers
        outer = gradient.bfloat16()
        if self.preset.last_relu and not before_relu:
            outer = torch.ops.aten.threshold_backward(outer, output, 0)
        inner = torch.ops.aten.threshold_backward(outer @ second.factor, hidden, 0)
        states = [self.optimizer.state[parameter] for parameter in self.parameters]
        torch._foreach_add_([state["step"] for state in states], 1)
        rate = self.optimizer.param_groups[0]["lr"]
        for factors, slope, inputs, state in (
            (second, outer, hidden, states[2:]),
            (first, inner, anchors, states[:2]),
        ):
            factors.update(slope.T @ inputs, slope.sum(dim=0), state, rate, self.preset)


def direct(learner) -> tuple[Direct | None, str]:
    """Return the direct step of a :class:`clear.model.learner.Learner`, or None; and in words."""
    if learner.device.type != "cuda":
        return None, "PyTorch"
    why = _unlike(learner)
    if why is None:
        encoders = learner.query_encoder, learner.key_encoder
        try:
            return Direct(*encoders, learner.optimizer, learner.preset), "Triton kernel"
        except Exception as error:  # Triton raises many kinds, some without a common class
            learner.optimizer.state.clear()
            why = f"Triton cannot be used: {one_line(error)}"
            log.info("%s. A step takes longer.", why)
    return None, f"PyTorch ({why})"


def _unlike(learner) -> str | None:
    if learner.precision != "bf16":
        return "the kernel is for bfloat16"
    if learner.preset.optimizer != "adam":
        return "the kernel is for Adam"
    if learner.shares.processes > 1:
        return "several processes share each step"
    return None
