"""``gsea.tsv``: gene set enrichment of ranked genes, as in Figs. 5I and 5J."""

import numpy as np
import pandas as pd

THRESHOLD = 0.25  # genes with a larger |log2 fold change| are ranked, as in the paper
FEWEST_GENES, MOST_GENES = 5, 500  # of a set, among the ranked genes
PERMUTATIONS = 1000
COLUMNS = ["type", "status", "reference", "unit", "set", "es", "nes", "p", "q", "genes", "ranked"]
COLUMNS += ["leading"]
UNITS = ("cells", "donors")


def enrichment(table: pd.DataFrame, sets: dict[str, list[str]], types: list[str]) -> pd.DataFrame:
    """Find gene sets at either end of the genes ranked by their log2 fold change.

    The statistic is the weighted Kolmogorov-Smirnov sum of Subramanian et al. 2005, by GSEApy's
    ``prerank``; genes are permuted, since their ranks are all that is given. The ranked list is
    cut at :data:`THRESHOLD` as the paper says, so a set stands out against the other genes that
    change and not against all genes.

    Parameters
    ----------
    table
        ``differential.tsv``.
    sets
        Genes by set.
    types
        Types of cells to do this for.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: a row for each type, status, ``unit`` (whose fold changes: by cells
        as in the paper, or by donors) and set that has from 5 to 500 of the ranked genes: ``es``
        from -1 to 1, ``nes`` divided by the mean of the permuted ones, ``p`` (0.001 stands for less
        too), ``q`` (false discovery rate), ``genes`` and ``ranked`` as numbers, and the genes of
        the leading edge.
    """
    found = []
    for (kind, status, reference), part in table.groupby(["type", "status", "reference"]):
        if kind not in types:
            continue
        for unit in UNITS:
            ranks = ranked(part, unit)
            if len(ranks):
                about = {"type": kind, "status": status, "reference": reference, "unit": unit}
                found.append(_prerank(ranks, sets).assign(**about, ranked=len(ranks)))
    return pd.concat(found, ignore_index=True)[COLUMNS] if found else pd.DataFrame(columns=COLUMNS)


def ranked(part: pd.DataFrame, unit: str) -> pd.Series:
    """Return log2 fold changes beyond :data:`THRESHOLD` by gene, the highest first."""
    values = part.set_index("gene")[f"log2fc_{unit}"].dropna()
    values = values[~values.index.duplicated()]
    values = values[values.abs() > THRESHOLD]
    return values.sort_values(ascending=False, kind="stable")


def _prerank(ranks: pd.Series, sets: dict[str, list[str]]) -> pd.DataFrame:
    """Return the sets of one ranked list; no row where none has enough of its genes."""
    import gseapy

    there = set(ranks.index)
    sizes = {name: len(there.intersection(genes)) for name, genes in sets.items()}
    # A set of all ranked genes has nothing to stand out against.
    sets = {
        name: sets[name]
        for name, size in sizes.items()
        if FEWEST_GENES <= size <= min(MOST_GENES, len(ranks) - 1)
    }
    if not sets:
        return pd.DataFrame(columns=["set", "es", "nes", "p", "q", "genes", "leading"])
    result = gseapy.prerank(
        rnk=ranks, gene_sets=sets, outdir=None, min_size=FEWEST_GENES, max_size=MOST_GENES,
        permutation_num=PERMUTATIONS, seed=0, threads=1, no_plot=True, verbose=False,
    ).res2d  # fmt: skip
    names = {"Term": "set", "ES": "es", "NES": "nes", "NOM p-val": "p", "FDR q-val": "q"}
    found = result.rename(columns=names)[list(names.values())]
    numbers = ["es", "nes", "p", "q"]
    found[numbers] = found[numbers].astype(float).replace([np.inf, -np.inf], np.nan)
    leading = result["Lead_genes"].str.replace(";", ", ")
    found["p"] = found["p"].clip(lower=1 / PERMUTATIONS)  # no permutation was as high: below that
    return found.assign(q=found["q"].clip(upper=1), genes=found["set"].map(sizes), leading=leading)
