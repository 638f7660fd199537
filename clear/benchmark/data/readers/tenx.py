"""What the formats of 10x Genomics share: one sample, and the choice of its features."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError

GENE_EXPRESSION = "Gene Expression"


def sample_data(matrix: sparse.csr_matrix, barcodes, features: pd.DataFrame, file: str) -> AnnData:
    """Put one sample together.

    Parameters
    ----------
    matrix
        Cells x features.
    barcodes
        Names of the cells.
    features
        ``gene_id`` and ``gene_symbol``, and where the file says so ``feature_type``, ``genome``.
    file
        Its name for messages.

    Returns
    -------
    AnnData
        The index of ``var`` is the gene's symbol as published, which need not be unique.

    Raises
    ------
    ClearError
        The barcodes or features are not as many as the matrix has.
    """
    for what, found, size in (
        ("barcodes", len(barcodes), matrix.shape[0]),
        ("features", len(features), matrix.shape[1]),
    ):
        if found != size:
            raise ClearError(
                f"{file} is a matrix of {matrix.shape[1]} features x {matrix.shape[0]} cells, but "
                f"there are {found} {what}: the files do not belong together, or one is incomplete."
            )
    var = features.set_axis(pd.Index(features["gene_symbol"].to_numpy(), dtype=object))
    return AnnData(matrix, pd.DataFrame(index=pd.Index(barcodes, dtype=object)), var)


def choose_features(
    data: AnnData, file: str, feature_type: str | None, genome: str | None
) -> AnnData:
    """Keep the features of one type (gene expression unless told) and one genome.

    Raises
    ------
    ClearError
        There are none of that type or genome; several genomes, and none is chosen.
    """
    var, wanted = data.var, feature_type or GENE_EXPRESSION
    keep = np.ones(len(var), dtype=bool)
    if "feature_type" in var:
        keep = (var["feature_type"] == wanted).to_numpy()
    elif wanted != GENE_EXPRESSION:
        raise ClearError(
            f"{file} does not say which type its features have: leave `feature_type` out of the "
            "card's reader_options."
        )
    if not keep.any():
        raise ClearError(
            f"{file} has no features of the type {wanted!r}; it has: "
            f"{', '.join(sorted(set(var['feature_type'])))}. Name one in the card as "
            "`reader_options: {feature_type: ...}`."
        )
    genomes = set(var["genome"][keep]) - {""} if "genome" in var else set()
    chosen = choose_genome(genomes, file, genome)
    if genome is not None:
        keep &= (var["genome"] == chosen).to_numpy()
    return data if keep.all() else data[:, keep].copy()


def choose_genome(genomes: set[str], file: str, genome: str | None) -> str | None:
    """Return the genome to keep.

    Raises
    ------
    ClearError
        It is not there, or there are several and none is named.
    """
    there = f"its genomes: {', '.join(sorted(genomes)) or 'not told'}"
    if genome is not None and genome not in genomes:
        raise ClearError(f"{file} has no genome {genome!r}; {there}. Correct `genome` in the card.")
    if genome is None and len(genomes) > 1:
        raise ClearError(
            f"{file} has several genomes; {there}. Choose one in the card as "
            "`reader_options: {genome: ...}`."
        )
    return genome or next(iter(genomes), None)
