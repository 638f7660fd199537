"""The genes that a cluster expresses more than all other cells do (Table S9)."""

import pandas as pd
from anndata import AnnData

TOP = 100  # genes of a cluster
COLUMNS = ["cluster", "rank", "gene", "score", "log2fc", "share_in", "share_out", "p_adjusted"]


def cluster_markers(clusters: pd.DataFrame, data: AnnData) -> pd.DataFrame:
    """Rank the genes of each cluster by Wilcoxon's rank sum against all other cells.

    The p-values take cells for independent, and the clusters were found in the same expression:
    they order genes, and prove nothing.

    Parameters
    ----------
    clusters
        Columns cell, cluster.
    data
        ``X`` log-normalised, natural logarithm, cells x genes.

    Returns
    -------
    DataFrame
        The first :data:`TOP` genes of each cluster of two cells or more: columns cluster, rank,
        gene, score (standardised rank sum, ties corrected), log2fc (of the means, scanpy's),
        share_in and share_out (of the cells that express the gene, in the cluster and
        elsewhere), p_adjusted (Benjamini and Hochberg over the genes).
    """
    import scanpy as sc

    number = clusters.set_index("cell")["cluster"]
    sizes = number.value_counts()
    groups = sorted(sizes.index[sizes > 1], key=int)
    if len(sizes) < 2 or not groups:  # nothing to compare with
        return pd.DataFrame(columns=COLUMNS)
    view = AnnData(data.X, pd.DataFrame(index=data.obs_names), pd.DataFrame(index=data.var_names))
    view.obs["cluster"] = pd.Categorical(number.loc[data.obs_names])
    sc.tl.rank_genes_groups(
        view, "cluster", groups=groups, method="wilcoxon", tie_correct=True, n_genes=TOP, pts=True
    )
    found = sc.get.rank_genes_groups_df(view, groups)
    if "group" not in found:  # scanpy leaves it out for a single group
        found["group"] = groups[0]
    found["rank"] = found.groupby("group", observed=True).cumcount() + 1
    names = {
        "group": "cluster",
        "names": "gene",
        "scores": "score",
        "logfoldchanges": "log2fc",
        "pct_nz_group": "share_in",
        "pct_nz_reference": "share_out",
        "pvals_adj": "p_adjusted",
    }
    return found.rename(columns=names)[COLUMNS].astype({"cluster": str})
