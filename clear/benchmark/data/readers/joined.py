"""Several samples as one matrix."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from clear.errors import ClearError


@dataclass(frozen=True)
class Sample:
    """Cells that were published in a file of their own.

    Attributes
    ----------
    label
        Name of the sample.
    where
        The file, for messages.
    obs, var
        Columns of cells and genes; the index holds their names.
    matrix
        CSR cells x genes.
    """

    label: str
    where: str
    obs: pd.DataFrame
    var: pd.DataFrame
    matrix: sparse.csr_matrix


def join_samples(
    samples: list[Sample], join: str
) -> tuple[pd.DataFrame, pd.DataFrame, sparse.csr_matrix]:
    """Let the cells of all samples follow each other.

    A single sample stays as it is. Of several, ``obs["sample"]`` names the sample, unless there
    is such a column; where a cell's name is in more than one, the names of all cells begin with
    the sample's and ``_``.

    Parameters
    ----------
    samples
        At least one.
    join
        ``inner`` for the genes that all samples have, in the order of the first; ``outer`` for
        all genes, in the order in which they are met, with zeros where a sample has none.

    Returns
    -------
    obs, var : pandas.DataFrame
        Of cells and genes; what is known of a gene is taken from the first sample that has it.
    matrix : scipy.sparse.csr_matrix
        Cells x genes.

    Raises
    ------
    ClearError
        Samples share no gene; they differ in their genes, and one has a gene twice; two with
        the same label have cells of the same name.
    """
    if len(samples) == 1:
        return samples[0].obs, samples[0].var, samples[0].matrix
    var = _genes(samples, join)
    matrix = sparse.vstack([_with_genes(sample, var.index) for sample in samples], "csr")
    tables = [s.obs if "sample" in s.obs else s.obs.assign(sample=s.label) for s in samples]
    obs = pd.concat(tables)
    if not obs.index.is_unique and _clash(samples):
        labels = pd.Series([sample.label for sample in samples])
        if labels.duplicated().any():
            twice = labels[labels.duplicated()].iloc[0]
            raise ClearError(
                f"Several samples are named {twice!r}, and cells of theirs have the same names: "
                f"{', '.join(s.where for s in samples if s.label == twice)}. Tell them apart by "
                "the group `sample` of `pattern` in the card's reader_options."
            )
        names = [f"{sample.label}_{cell}" for sample in samples for cell in sample.obs.index]
        obs.index = pd.Index(names, dtype=object)
    return obs, var, matrix


def _clash(samples: list[Sample]) -> bool:
    """Whether a cell's name is in more than one sample; twice in one is another matter."""
    names = pd.Series(np.concatenate([sample.obs.index.unique() for sample in samples]))
    return bool(names.duplicated().any())


def _genes(samples: list[Sample], join: str) -> pd.DataFrame:
    first = samples[0].var
    if all(sample.var.index.equals(first.index) for sample in samples):
        return first
    for sample in samples:
        names = sample.var.index
        if not names.is_unique:
            raise ClearError(
                f"{sample.where} has the gene {names[names.duplicated()][0]!r} more than once, and "
                "other genes than the other samples, or another order: they cannot be matched. "
                "Choose a column with unique names of the genes, or leave the sample out by "
                "`pattern`, in the card's reader_options."
            )
    if join == "outer":
        every = pd.concat([sample.var for sample in samples])
        return every[~every.index.duplicated()]
    for sample in samples[1:]:
        shared = first[first.index.isin(sample.var.index)]
        if not len(shared):
            raise ClearError(
                f"{sample.where} shares no gene with {samples[0].where}"
                f"{' and those after it' if len(samples) > 2 else ''}: they are named "
                f"{sample.var.index[0]!r} and {samples[0].var.index[0]!r}. Name the genes alike, "
                "or leave the sample out by `pattern` in the card's reader_options."
            )
        first = shared
    return first


def _with_genes(sample: Sample, genes: pd.Index) -> sparse.csr_matrix:
    if sample.var.index.equals(genes):
        return sample.matrix
    place = genes.get_indexer(sample.var.index)
    entries = sample.matrix.tocoo()
    kept = place[entries.col] >= 0
    where = (entries.row[kept], place[entries.col[kept]])
    return sparse.csr_matrix(
        (entries.data[kept], where), shape=(sample.matrix.shape[0], len(genes))
    )
