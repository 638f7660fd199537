"""Which genes a model is trained on."""

import pandas as pd
from anndata import AnnData

from clear.cells.genes import check_unique, marked_genes
from clear.cells.hvg import block_moments, combined, highly_variable
from clear.cells.matrix import Expression
from clear.model.parallel import is_first
from clear.progress import say

N_TOP_GENES = 2000  # where none are marked and nothing is set


def genes_to_use(model, adata: AnnData, expression: Expression) -> pd.Index:
    """Return the names of the genes to train on, and say which they are."""
    check_unique(expression.genes)
    genes = marked_genes(adata, expression.genes)
    if genes is not None:
        text = f"the {len(genes)} marked in var['highly_variable']"
        if model.n_top_genes != N_TOP_GENES:
            text += f", which count rather than n_top_genes={model.n_top_genes}"
    elif model.n_top_genes is None or len(expression.genes) <= model.n_top_genes:
        genes = expression.genes
        text = f"all {len(genes)}"
    else:
        chosen = highly_variable(*combined(expression.each(block_moments)), model.n_top_genes)
        genes = expression.genes[chosen]
        text = (
            f"the {len(genes)} most variable of {len(chosen)}, since none are marked "
            f"(n_top_genes={model.n_top_genes}; None for all)"
        )
        if len(genes) > model.n_top_genes:
            text += "; several vary as much as the last one"
    if model.verbose and is_first():
        say(f"Genes: {text}.")
    return genes
