"""What Tables S10 and S11 have in common: genes of one type by cells and by donors."""

from collections.abc import Callable

import pandas as pd

from clear.benchmark.tables.studies import EMPTY, SECTIONS
from clear.benchmark.tables.table import Table

COLUMNS = ("gene", "status", "reference", "type", "log2fc_donors", "p_donors", "q_donors")
COLUMNS += ("log2fc_cells", "p_cells", "q_cells", "n_donors", "n_donors_reference")
SHOWN = 50  # genes of a case study and status on the page


def table(name: str, title: str, make: Callable[..., pd.DataFrame]) -> Table:
    """Return the table of the genes that ``make`` chooses from ``differential.tsv``."""
    return Table(
        id=name,
        title=title,
        caption="Against the first status, in the first type that the card looks at, by donors "
        "(DESeq2 on the sums of each donor) and by cells as in the paper (Wilcoxon): cells are no "
        "replicates, and their p is too small. Of each status the "
        f"{SHOWN} genes with the least p by donors; the TSV has all. Empty: not tested.",
        reads=("differential", "manifest"),
        make=lambda **read: make(**read)[[*SECTIONS, *COLUMNS]],
        sections=SECTIONS,
        columns=COLUMNS,
        shown=lambda rows: rows.groupby("status", sort=False).head(SHOWN),
        empty=EMPTY,
    )
