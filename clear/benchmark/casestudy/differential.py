"""``differential.tsv`` and ``contrasts.tsv``: genes of each type that differ between statuses.

Each status is compared with the first one of the card twice, by cells as the paper did and by
donors, side by side.
"""

import numpy as np
import pandas as pd
from scipy import sparse

from clear.benchmark.casestudy.by_cells import by_cells
from clear.benchmark.casestudy.by_donors import FEWEST_CELLS, FEWEST_DONORS, by_donors
from clear.errors import ClearError

ALPHA = 0.05  # of q, for the numbers of contrasts.tsv
VALUES = ["log2fc", "p", "q"]
COLUMNS = ["type", "status", "reference", "gene"]
COLUMNS += [f"{name}_{unit}" for unit in ("cells", "donors") for name in VALUES]
NUMBERS = ["n_cells", "n_cells_reference", "n_donors", "n_donors_reference"]
COLUMNS += NUMBERS
CONTRASTS = ["type", "status", "reference", *NUMBERS]
CONTRASTS += [
    "tested_cells",
    "found_cells",
    "tested_donors",
    "found_donors",
    "found_both",
    "reason",
]


def differential(
    x: sparse.csr_matrix,
    counts: sparse.csr_matrix,
    genes: np.ndarray,
    cells: pd.DataFrame,
    statuses: list[str],
    threads: int = 1,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the statuses in every type of cell.

    Parameters
    ----------
    x, counts
        Log-normalised values and counts, cells x genes.
    genes
        Names.
    cells
        ``type``, ``donor`` and ``status`` of each cell.
    statuses
        Names; the first is the reference.
    threads
        How many processes fit genes by donors.

    Returns
    -------
    genes : DataFrame
        ``differential.tsv``, a row for each type, status and gene that one of the two tested.
    contrasts : DataFrame
        ``contrasts.tsv``, a row for each type and status: numbers of cells and donors, of genes
        tested and found (q < :data:`ALPHA`), and why there is no test by donors.
    """
    tables, summary = [], []
    for kind, part in cells.groupby("type", sort=True):
        rows = cells.index.get_indexer(part.index)
        xs, donor, status = x[rows], part["donor"].to_numpy(), part["status"].to_numpy()
        try:
            found, donors = by_donors(counts[rows], donor, status, statuses, threads)
            obstacle = None
        except ClearError as error:  # no counts: the cells are compared all the same
            found, donors, obstacle = {}, part.groupby("status")["donor"].nunique(), str(error)
            donors = donors.reindex(statuses, fill_value=0)
        for name in statuses[1:]:
            ours, theirs = status == name, status == statuses[0]
            numbers = [ours.sum(), theirs.sum(), donors[name], donors[statuses[0]]]
            about = {"type": kind, "status": name, "reference": statuses[0]}
            about |= dict(zip(NUMBERS, map(int, numbers), strict=True))
            empty = pd.DataFrame(columns=VALUES, dtype=float)
            cellwise, donorwise = by_cells(xs, ours, theirs), found.get(name, empty)
            both = cellwise.join(donorwise, how="outer", lsuffix="_cells", rsuffix="_donors")
            tables.append(both.assign(gene=np.asarray(genes)[both.index.astype(int)], **about))
            summary.append(
                about | _counted(both) | {"reason": obstacle or _why(about, len(donorwise))}
            )
    table = pd.concat(tables)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)
    return table.reset_index(drop=True), pd.DataFrame(summary, columns=CONTRASTS)


def _counted(table: pd.DataFrame) -> dict[str, int]:
    found = {unit: table[f"q_{unit}"] < ALPHA for unit in ("cells", "donors")}
    counted = {f"tested_{unit}": int(table[f"p_{unit}"].notna().sum()) for unit in found}
    counted |= {f"found_{unit}": int(which.sum()) for unit, which in found.items()}
    return counted | {"found_both": int((found["cells"] & found["donors"]).sum())}


def _why(about: dict, tested: int) -> str | None:
    """Return why donors were not compared."""
    few = [
        f"{about[column]} donor{'s' * (about[column] != 1)} of status {about[side]}"
        for column, side in (("n_donors", "status"), ("n_donors_reference", "reference"))
        if about[column] < FEWEST_DONORS
    ]
    if few:
        return (
            f"no test by donors: {' and '.join(few)} with {FEWEST_CELLS} or more such cells; a "
            f"status needs {FEWEST_DONORS}"
        )
    return None if tested else "no test by donors: no gene has enough counts"
