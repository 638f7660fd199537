"""Differential genes with the donor as the unit: pseudobulk and DESeq2.

The counts of a donor's cells are summed; PyDESeq2 fits a negative binomial model to the sums
(Love, Huber and Anders 2014; Muzellec et al. 2023).
"""

import warnings

import numpy as np
import pandas as pd
from scipy import sparse, stats

from clear.errors import ClearError

FEWEST_DONORS = 2  # of a status, below which it is not tested
FEWEST_CELLS = 10  # of a donor, below which the sum says too little of the donor
FEWEST_COUNTS = 10  # of a gene, in as many donors as the smallest status has (DESeq2's vignette)


def pseudobulk(counts: sparse.csr_matrix, donor: np.ndarray) -> tuple[np.ndarray, pd.Series]:
    """Sum the counts of each donor's cells.

    Parameters
    ----------
    counts
        Cells x genes.
    donor
        Donor of each cell.

    Returns
    -------
    sums : ndarray
        Donors x genes, integers.
    cells : Series
        Number of cells by donor, in the order of the rows.

    Raises
    ------
    ClearError
        When the counts are no whole numbers.
    """
    if counts.nnz and not np.array_equal(counts.data, np.round(counts.data)):
        raise ClearError(
            "The test by donors adds up counts, and these are not whole numbers: the unit of the "
            "dataset's card must be counts."
        )
    names, code = np.unique(np.asarray(donor, dtype=object), return_inverse=True)
    ones = np.ones(len(code))
    of_donor = sparse.csr_matrix((ones, (code, np.arange(len(code)))), (len(names), len(code)))
    sums = np.rint((of_donor @ counts).toarray()).astype(np.int64)
    return sums, pd.Series(np.bincount(code, minlength=len(names)), index=names)


def by_donors(
    counts: sparse.csr_matrix,
    donor: np.ndarray,
    status: np.ndarray,
    statuses: list[str],
    threads: int = 1,
) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    """Compare each status with the first one, gene by gene.

    Parameters
    ----------
    counts
        Counts of the cells of one type, cells x genes.
    donor, status
        Of each cell.
    statuses
        Names; the first is what the others are compared with.
    threads
        How many processes fit genes.

    Returns
    -------
    tables : dict
        For each status that can be tested one row per tested gene, indexed by its column:
        ``log2fc`` (maximum likelihood, not shrunk), ``p`` of Wald's test and ``q``, Benjamini and
        Hochberg's over the genes with a p value. There is none where an outlier decides
        (Cook's distance, as DESeq2 does).
    donors : Series
        Number of donors by status that have at least :data:`FEWEST_CELLS` of these cells. A status,
        or all where it is the first, with fewer than :data:`FEWEST_DONORS` is not tested.
    """
    sums, cells = pseudobulk(counts, donor)
    of = pd.Series(status, index=np.asarray(donor, dtype=object))
    of = of[~of.index.duplicated()].reindex(cells.index)
    large = (cells >= FEWEST_CELLS).to_numpy()
    donors = of[large].value_counts().reindex(statuses, fill_value=0)
    enough = [name for name in statuses if donors[name] >= FEWEST_DONORS]
    if statuses[0] not in enough or len(enough) < 2:
        return {}, donors
    kept = large & of.isin(enough).to_numpy()
    sums, of = sums[kept], of[kept]
    tested = np.flatnonzero((sums >= FEWEST_COUNTS).sum(0) >= of.value_counts().min())
    if not len(tested):
        return {}, donors
    return _deseq(sums[:, tested], tested, of, enough, threads), donors


def _deseq(sums, genes, of: pd.Series, statuses: list[str], threads: int) -> dict:
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.default_inference import DefaultInference
    from pydeseq2.ds import DeseqStats

    # Levels by number: no name of a status can then disturb the formula.
    level = {name: f"level{number}" for number, name in enumerate(statuses)}
    names = [f"donor{number}" for number in range(len(of))]
    about = pd.DataFrame(
        {"status": pd.Categorical(of.map(level).to_numpy(), categories=list(level.values()))}, names
    )
    table = pd.DataFrame(sums, names, genes.astype(str))
    inference = DefaultInference(n_cpus=threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a trend of dispersions gave way to their mean
        data = DeseqDataSet(
            counts=table, metadata=about, design="~status", inference=inference, quiet=True
        )
        data.deseq2()
        found = {}
        for name in statuses[1:]:
            contrast = ["status", level[name], level[statuses[0]]]
            test = DeseqStats(
                data, contrast, inference=inference, independent_filter=False, quiet=True
            )
            test.summary()
            found[name] = _result(test.results_df)
    return found


def _result(results: pd.DataFrame) -> pd.DataFrame:
    p = results["pvalue"]
    q = pd.Series(np.nan, p.index)
    known = p.notna()
    if known.any():
        q[known] = stats.false_discovery_control(p[known])
    table = pd.DataFrame({"log2fc": results["log2FoldChange"], "p": p, "q": q})
    return table.set_axis(table.index.astype(int))
