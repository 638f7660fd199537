"""The parameters of a :class:`clear.CLEAR`: handled as in scikit-learn, checked, applied."""

import dataclasses
import inspect
import operator

import torch

from clear.effect import refuse_without_effect
from clear.errors import ClearError
from clear.presets import PRESETS, Preset, get_preset


class Parameters:
    """``get_params``, ``set_params`` and ``repr`` of an estimator, as scikit-learn has them."""

    @classmethod
    def _defaults(cls) -> dict:
        given = inspect.signature(cls).parameters
        return {name: parameter.default for name, parameter in given.items()}

    def get_params(self, deep: bool = True) -> dict:
        """Return the parameters by name; ``deep`` changes nothing, since none are nested."""
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **parameters):
        """Change parameters and return the estimator; the next ``fit`` uses them.

        Raises
        ------
        ClearError
            When there is no such parameter.
        """
        for name, value in parameters.items():
            if name not in self._defaults():
                raise ClearError(
                    f"CLEAR has no parameter {name!r}; it has: {', '.join(self._defaults())}."
                )
            setattr(self, name, value)
        return self

    def __repr__(self):
        pairs = zip(self.get_params().items(), self._defaults().values(), strict=True)
        changed = [f"{name}={value!r}" for (name, value), usual in pairs if value != usual]
        return f"{type(self).__name__}({', '.join(changed)})"


def resolve(model, batches: bool = False, training: bool = False) -> tuple[Preset, torch.device]:
    """Check the parameters of a ``CLEAR``; return its preset with overrides, and the device.

    With ``batches`` the embedding is what the last layer learns, whose loss brings them together.
    For a ``training``, settings without effect are refused too; a stored model may have some.

    Raises
    ------
    ClearError
        On an invalid parameter; the message names it and its valid values.
    """
    preset = model.preset if isinstance(model.preset, Preset) else get_preset(model.preset)
    if training:
        refuse_without_effect(preset, PRESETS, batches)
    if batches:  # neither the first layer nor a cell's own scores are taught to ignore them
        preset = dataclasses.replace(preset, hidden_direction=False, own_share=0.0)
    overrides = {"n_latent": model.n_latent, "epochs": model.epochs}
    if preset.hidden_direction:  # the embedding's dimensions are those of the first layer
        overrides["hidden_nodes"] = model.n_latent
    if preset.keys == "components" and _whole(model.n_latent, 1):  # the first of the keys
        overrides["components"] = min(preset.components, model.n_latent)
    preset = dataclasses.replace(
        preset, **{name: value for name, value in overrides.items() if value is not None}
    )
    if not _whole(model.seed, 0):
        raise ClearError(f"The seed must be a whole number, 0 or more, not {model.seed!r}.")
    if model.n_top_genes is not None and not _whole(model.n_top_genes, 1):
        raise ClearError(
            f"n_top_genes must be a whole number, 1 or more, or None for all genes, not "
            f"{model.n_top_genes!r}."
        )
    if model.device not in ("auto", "cpu", "cuda"):
        raise ClearError(f"The device must be auto, cpu or cuda, not {model.device!r}.")
    if model.device == "cuda" and not torch.cuda.is_available():
        raise ClearError("There is no CUDA device here; use device='auto' or 'cpu'.")
    use_cuda = model.device != "cpu" and torch.cuda.is_available()
    return preset, torch.device("cuda" if use_cuda else "cpu")


def _whole(value, least: int) -> bool:
    """Return whether a value is a whole number, Python's or NumPy's, and large enough."""
    try:
        return operator.index(value) >= least and not isinstance(value, bool)
    except TypeError:
        return False
