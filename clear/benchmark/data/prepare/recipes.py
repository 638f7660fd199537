"""The recipes by which a dataset is prepared; what each makes goes through the benchmark."""

# The order of the filters. The released code takes shares of what is left after its filter of
# genes; ours judges whole cells first, then counts the cells that stay for each gene.
FILTERS = {
    "standard": ("min_genes", "max_mito", "max_ercc", "min_cells"),
    "released": ("min_genes", "min_cells", "max_mito", "max_ercc"),
}

# What is in the public code and is no option there (ml4bio/CLEAR, commit ceda5fa).
RELEASED = {
    "min_genes": 200,
    "min_cells": 3,
    "max_mito": 0.05,
    "max_ercc": 0.1,
    "target_sum": 10000,
    "hvg_flavor": "seurat",
    "hvg_cutoffs": {"min_mean": 0.0125, "max_mean": 3, "min_disp": 0.5},
    "log_above": 100,
}


def settings_of(recipe: str, run: dict, card: dict) -> dict:
    """Return the settings by which a recipe prepares a dataset.

    ``run`` and ``card`` are the keys ``prepare`` of the configuration and of the dataset card. The
    card has the last word, but of the released recipe it only changes ``min_genes`` and
    ``min_cells``, without which a gene panel could not pass at all; ``scale`` is optional there, as
    in the code.
    """
    own = run | card
    if recipe == "standard":
        return own
    kept = {key: card[key] for key in ("min_genes", "min_cells") if key in card}
    return RELEASED | kept | {"scale": own["scale"]}
