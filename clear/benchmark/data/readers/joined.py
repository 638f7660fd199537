"""Several samples as one dataset.

Three things differ between formats, and the reader decides them: by what a gene is known
(`Sample.keys`), which genes the dataset has (``genes``), and how cells are named (``prefix``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.errors import ClearError


@dataclass(frozen=True)
class Sample:
    """Cells that were published in files of their own.

    Attributes
    ----------
    label
        Name of the sample.
    where
        Its file, for messages.
    data
        ``X`` CSR, cells x genes.
    keys
        By what its genes are matched with those of the other samples.
    """

    label: str
    where: str
    data: AnnData
    keys: pd.Index


def join_samples(samples: list[Sample], genes: str, prefix: bool) -> AnnData:
    """Put the cells of all samples below each other.

    Parameters
    ----------
    samples
        At least one.
    genes
        ``same``: all samples must have the same genes, in any order; ``inner``: those that all
        have, in the order of the first; ``outer``: those that any has, in the order in which they
        come, with zeros where a sample has none.
    prefix
        Name every cell ``<sample>_<name in the file>``, and keep the latter in
        ``obs["barcode"]``. Otherwise cells are renamed only if a name is in several samples.

    Returns
    -------
    AnnData
        ``X`` CSR (cells x genes). ``obs["sample"]`` is the sample's name, unless there is such a
        column. What is known of a gene is taken from the first sample that has it.

    Raises
    ------
    ClearError
        The genes are not the same, or none is shared; they differ, and a sample has one twice;
        two samples of one name have cells of the same name.
    """
    keys, var = _genes(samples, genes)
    matrix = sparse.vstack([_with_genes(sample, keys) for sample in samples], format="csr")
    matrix.sort_indices()
    obs = pd.concat([_cells(sample, prefix) for sample in samples])
    names = [sample.data.obs_names for sample in samples]
    # A name that is twice in one sample is refused later, for datasets of one sample as well.
    clash = pd.Index(np.concatenate([of_one.unique() for of_one in names])).has_duplicates
    labels = pd.Index([sample.label for sample in samples])
    if clash and labels.has_duplicates:
        twice = labels[labels.duplicated()][0]
        raise ClearError(
            f"Several samples are named {twice!r}, and cells of theirs have the same names: "
            f"{', '.join(s.where for s in samples if s.label == twice)}. Tell them apart by the "
            "group `sample` of `pattern` in the card's reader_options."
        )
    if prefix or clash:
        pairs = zip(labels, names, strict=True)
        obs.index = pd.Index(
            [f"{label}_{name}" for label, of in pairs for name in of], dtype=object
        )
    return AnnData(matrix, obs, var)


def _cells(sample: Sample, prefix: bool) -> pd.DataFrame:
    obs = sample.data.obs
    new = {} if "sample" in obs else {"sample": sample.label}
    return obs.assign(**new, **({"barcode": obs.index} if prefix else {}))


def _genes(samples: list[Sample], genes: str) -> tuple[pd.Index, pd.DataFrame]:
    """Return the keys of the dataset's genes, and what is known of them."""
    first = samples[0]
    keys, var = first.keys, first.data.var
    if all(sample.keys.equals(keys) for sample in samples):
        return keys, var
    for sample in samples:
        if not sample.keys.is_unique:
            raise ClearError(
                f"{sample.where} has the gene {sample.keys[sample.keys.duplicated()][0]!r} more "
                "than once, and other genes than the other samples, or another order: they cannot "
                "be matched. Choose a column with unique names of the genes, or leave the sample "
                "out by `pattern`, in the card's reader_options."
            )
    if genes == "outer":
        every = keys.append([sample.keys for sample in samples[1:]])
        known = pd.concat([sample.data.var for sample in samples])
        return every[~every.duplicated()], known[~every.duplicated()]
    for sample in samples[1:]:
        differing = sample.keys.symmetric_difference(keys)
        if genes == "same" and len(differing):
            raise ClearError(
                f"{first.where} ({len(keys)} genes) and {sample.where} ({len(sample.keys)} genes) "
                f"were not counted with the same genes: {len(differing)} are in one of them only, "
                f"such as {differing[0]}. What one reference lacks is not zero in its sample: "
                "leave one out by `pattern` in the card's reader_options, or make a dataset of "
                "each."
            )
        shared = keys.isin(sample.keys)
        if not shared.any():
            raise ClearError(
                f"{sample.where} shares no gene with {first.where}"
                f"{' and those after it' if len(samples) > 2 else ''}: they are named "
                f"{sample.keys[0]!r} and {keys[0]!r}. Name the genes alike, or leave the sample "
                "out by `pattern` in the card's reader_options."
            )
        keys, var = keys[shared], var[shared]
    return keys, var


def _with_genes(sample: Sample, keys: pd.Index) -> sparse.csr_matrix:
    matrix = sample.data.X
    if sample.keys.equals(keys):
        return matrix
    place = keys.get_indexer(sample.keys)
    kept = np.flatnonzero(place >= 0)
    ones = np.ones(len(kept), matrix.dtype)
    return matrix @ sparse.csr_matrix((ones, (kept, place[kept])), (len(place), len(keys)))
