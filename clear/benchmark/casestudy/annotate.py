"""Types of clusters by a declared table of markers."""

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.errors import ClearError

# A cluster's type is sure when its score is above 0 and this far above that of the next type, in
# standard deviations of the expression of a marker over the cells.
MARGIN = 0.1
CLIP = 10.0  # z-scores above this count as this, as in scanpy's pp.scale
ANNOTATION = [
    "cluster",
    "cells",
    "type",
    "score",
    "next",
    "margin",
    "sure",
    "by",
    "markers",
    "missing",
]
TYPES = ["cell", "type", "score", "margin", "sure"]


def annotate(
    clusters: pd.DataFrame,
    data: AnnData,
    markers: dict[str, list[str]],
    given: dict[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Name the type of each cluster by the markers that it expresses.

    The score of a type in a cluster is the mean, over the type's markers, of the cluster's mean
    z-score (of log-normalised expression over all cells, clipped at 10). The cluster gets the type
    of the highest score; its margin is the difference from the next.

    Parameters
    ----------
    clusters
        Columns cell, cluster.
    data
        ``X`` log-normalised, cells x genes.
    markers
        Genes by type. Genes that the data lack are left out.
    given
        Types by cluster that somebody gave; they go before the found ones and are sure.

    Returns
    -------
    types : DataFrame
        Columns cell, type, score, margin, sure: for each cell those of its cluster.
    annotation : DataFrame
        For each cluster its number of cells, type, score, the next type, margin, whether it is
        sure, by what (markers or table), the markers that were there and those that were missing.

    Raises
    ------
    ClearError
        Less than two types have a marker in the data; a given cluster does not exist.
    """
    if clusters.empty:
        return pd.DataFrame(columns=TYPES), pd.DataFrame(columns=ANNOTATION)
    there = {kind: [g for g in genes if g in data.var_names] for kind, genes in markers.items()}
    scored = {kind: genes for kind, genes in there.items() if genes}
    if len(scored) < 2:
        raise ClearError(
            f"Markers: of {len(markers)} types only {len(scored)} have a marker among the genes "
            f"of the data, which are named like {data.var_names[0]!r}: correct the marker "
            "table, or name the column of gene symbols under `genes` in the card."
        )
    number = clusters.set_index("cell")["cluster"].loc[data.obs_names]
    scores = _scores(data, number, scored)
    if unknown := sorted(set(given or {}) - set(scores.index)):
        raise ClearError(
            f"Types: there is no cluster {unknown[0]} of this method; they are 0 to "
            f"{len(scores) - 1}. Correct the table that `types` in the card names."
        )
    rows = []
    for cluster, row in scores.iterrows():
        (best, score), (other, below) = row.nlargest(2).items()
        own = (given or {}).get(cluster)
        sure = own is not None or bool(score > 0 and score - below >= MARGIN)
        kind = own or best
        genes = there.get(kind, [])
        missing = [gene for gene in markers.get(kind, []) if gene not in genes]
        cells = int((number == cluster).sum())
        by = "table" if own else "markers"
        rows.append(
            [
                cluster,
                cells,
                kind,
                score,
                other,
                score - below,
                sure,
                by,
                *map(" ".join, (genes, missing)),
            ]
        )
    annotation = pd.DataFrame(rows, columns=ANNOTATION)
    per_cell = annotation.set_index("cluster").loc[number, TYPES[1:]].reset_index(drop=True)
    return per_cell.assign(cell=number.index)[TYPES], annotation


def _scores(data: AnnData, number: pd.Series, markers: dict[str, list[str]]) -> pd.DataFrame:
    """Return the score of each type in each cluster, clusters x types."""
    genes = sorted({gene for of_type in markers.values() for gene in of_type})
    names = sorted(number.unique(), key=int)
    code = pd.Categorical(number, categories=names).codes
    means = pd.DataFrame(index=names, columns=genes, dtype=float)
    for gene in genes:  # one by one: there may be a million cells
        values = data.obs_vector(gene).astype(float)
        spread = values.std()
        z = (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
        means[gene] = np.bincount(code, np.minimum(z, CLIP)) / np.bincount(code)
    return pd.DataFrame({kind: means[of_type].mean(axis=1) for kind, of_type in markers.items()})
