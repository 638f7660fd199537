"""The embedding by CLEAR that Slingshot takes in place of genes."""

import torch
from anndata import AnnData

from clear import CLEAR
from clear.presets import get_preset


def embed(X, name, changes, counts, params):
    """Return cells x dimensions of CLEAR as the method clear makes them.

    Parameters
    ----------
    X : numpy.ndarray
        Cells x genes, as prepared.
    name, changes : str, dict
        The preset, and settings that differ from it.
    counts : bool or None
        False where the values are not log-normalised.
    params : SimpleNamespace
        Of the run: seed, threads, device.
    """
    torch.set_num_threads(params.threads)
    preset = get_preset(name, **changes)
    model = CLEAR(preset, seed=params.seed, device=params.device, n_top_genes=None)
    return model.fit_transform(AnnData(X), counts=counts)
