"""The expression of the genes that panels of Fig. 5 show, cell by cell."""

import numpy as np
import pandas as pd
from anndata import AnnData

# Fig. 5D, in the paper's order.
VIOLINS = (
    "CD3E", "CD4", "CD8A", "IL7R", "PRF1", "NKG7", "NCAM1", "CD14", "LYZ", "FCGR3A", "MS4A7",
    "MS4A1", "IGHM", "IGHG1", "IGHG3", "HBB", "HBA1", "PPBP", "TUBB1", "NAMPT", "FCER1A", "IRF8",
    "TCF4", "GATA2", "MYB",
)  # fmt: skip


def panel_table(data: AnnData) -> pd.DataFrame:
    """Return cell, then a column for each gene of the panels that the data have.

    Parameters
    ----------
    data
        ``X`` log-normalised, cells x genes.
    """
    genes = [gene for gene in VIOLINS if gene in data.var_names]
    values = data[:, genes].X
    values = np.asarray(values.todense() if hasattr(values, "todense") else values, dtype=float)
    table = pd.DataFrame(values.round(4), columns=genes)
    table.insert(0, "cell", data.obs_names)
    return table
