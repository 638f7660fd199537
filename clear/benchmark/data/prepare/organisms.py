"""Genes by which cells are judged: mitochondrial genes by organism, ERCC spike-ins."""

import re

import numpy as np
import pandas as pd

# The 37 genes of the mitochondrial genome in Ensembl: 13 proteins, 22 tRNAs, 2 rRNAs.
HUMAN = (
    198695, 198712, 198727, 198763, 198786, 198804, 198840, 198886, 198888, 198899, 198938, 209082,
    210049, 210077, 210082, 210100, 210107, 210112, 210117, 210127, 210135, 210140, 210144, 210151,
    210154, 210156, 210164, 210174, 210176, 210184, 210191, 210194, 210195, 210196, 211459, 212907,
    228253,
)  # fmt: skip
MOUSE = (*range(64336, 64362), *range(64363, 64373), 65947)
MITOCHONDRIAL_IDS = {
    "Homo sapiens": frozenset(f"ENSG{number:011d}" for number in HUMAN),
    "Mus musculus": frozenset(f"ENSMUSG{number:011d}" for number in MOUSE),
}
# MT-CO1 in human, mt-Co1 in mouse, either in other cases where a file was changed; R turns the
# dash into a dot. MT1A and ERCC1 are genes of the nucleus.
MITOCHONDRIAL_NAME = re.compile(r"mt[-.]", re.IGNORECASE)
SPIKE_IN_NAME = re.compile(r"ercc[-.]\d{5}", re.IGNORECASE)


def quality_genes(
    var: pd.DataFrame, organism: str | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Find mitochondrial genes and spike-ins among the genes of a dataset.

    Parameters
    ----------
    var
        Genes of a canonical dataset: the names as index, ``gene`` the names as published, and
        ``gene_id`` or ``gene_symbol`` where the files have both.
    organism
        Species as the card names it; None where it does not: then the genes of any are taken.

    Returns
    -------
    found : dict
        Masks of the genes under ``mito`` and ``ercc``. What is absent is not known: a file
        without such genes says nothing of their share.
    unknown : dict
        Why a mask is absent.
    """
    names = [var[column] for column in ("gene", "gene_id", "gene_symbol") if column in var]
    names = [column.astype(str) for column in names] or [var.index.to_series()]
    found, unknown = {}, {}
    if organism in (*MITOCHONDRIAL_IDS, None):
        ids = frozenset().union(
            *(of for name, of in MITOCHONDRIAL_IDS.items() if organism in (name, None))
        )
        mito = np.any(
            [
                column.str.match(MITOCHONDRIAL_NAME) | column.str.split(".").str[0].isin(ids)
                for column in names
            ],
            axis=0,
        )
        if mito.any():
            found["mito"] = mito
        else:
            unknown["mito"] = "no gene has a mitochondrial name (MT-) or Ensembl id"
    else:
        unknown["mito"] = f"the mitochondrial genes of {organism} are not listed"
    ercc = np.any([column.str.match(SPIKE_IN_NAME) for column in names], axis=0)
    if ercc.any():
        found["ercc"] = ercc
    else:
        unknown["ercc"] = "no gene is an ERCC spike-in (ERCC-00002, ...)"
    return found, unknown


def released_quality_genes(var: pd.DataFrame) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Return what :func:`quality_genes` does, by the names that the released code looks for.

    It takes names that begin with ``MT-`` and ``ERCC-`` and so finds none in mice or among
    Ensembl ids.
    """
    names = (var["gene"] if "gene" in var else var.index.to_series()).astype(str)
    prefixes = {"mito": "MT-", "ercc": "ERCC-"}
    masks = {key: names.str.startswith(start).to_numpy() for key, start in prefixes.items()}
    return (
        {key: mask for key, mask in masks.items() if mask.any()},
        {
            key: f"no gene's name begins with {prefixes[key]}, which the released code looks for"
            for key, mask in masks.items()
            if not mask.any()
        },
    )
