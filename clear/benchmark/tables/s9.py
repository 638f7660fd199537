"""Table S9: the genes that each cluster expresses more than all other cells do."""

import pandas as pd

from clear.benchmark.tables.studies import EMPTY, SECTIONS
from clear.benchmark.tables.table import Table

COLUMNS = ("cluster", "rank", "gene", "score", "log2fc", "share_in", "share_out", "p_adjusted")
SHOWN = 10  # genes of a cluster on the page


def make(cluster_markers: pd.DataFrame) -> pd.DataFrame:
    """Return a row per cluster and gene."""
    return cluster_markers[[*SECTIONS, *COLUMNS]]


TABLE = Table(
    id="s9",
    title="Table S9: markers of the clusters",
    caption=f"The first {SHOWN} genes of each cluster by Wilcoxon's rank sum against all other "
    "cells; the TSV has 100. Shares: of the cells that have the gene, in the cluster and "
    "elsewhere. Clusters were found in the same expression, and cells of a donor are no "
    "replicates: p orders genes and proves nothing.",
    reads=("cluster_markers",),
    make=make,
    sections=SECTIONS,
    columns=COLUMNS,
    shown=lambda rows: rows[rows["rank"] <= SHOWN],
    empty=EMPTY,
)
