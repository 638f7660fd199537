"""The expression of the genes that panels of Fig. 5 show, cell by cell."""

from pathlib import Path

import pandas as pd

from clear.benchmark.casestudy.expression import all_genes, dense

# Fig. 5D, in the paper's order.
VIOLINS = (
    "CD3E", "CD4", "CD8A", "IL7R", "PRF1", "NKG7", "NCAM1", "CD14", "LYZ", "FCGR3A", "MS4A7",
    "MS4A1", "IGHM", "IGHG1", "IGHG3", "HBB", "HBA1", "PPBP", "TUBB1", "NAMPT", "FCER1A", "IRF8",
    "TCF4", "GATA2", "MYB",
)  # fmt: skip


def panel_table(path: Path) -> pd.DataFrame:
    """Return cell, then a column for each gene of the panels that the data have.

    Parameters
    ----------
    path
        ``input.h5ad``; its ``X`` is log-normalised, cells x genes.
    """
    cells, expression = all_genes(path)
    genes = [gene for gene in VIOLINS if gene in expression.genes]
    table = pd.DataFrame(dense(expression, genes).astype(float).round(4), columns=genes)
    table.insert(0, "cell", cells)
    return table
