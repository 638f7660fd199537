"""What the two formats of 10x Genomics share: names of samples, choice of features, joining."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData

from clear.benchmark.data.archives.archives import describe
from clear.benchmark.data.readers.joined import Sample, join_samples
from clear.errors import ClearError

GENE_EXPRESSION = "Gene Expression"
# Cell Ranger writes the matrix of all barcodes beside that of the cells.
BARCODES_OF = re.compile(r"(raw|filtered)_(?:feature|gene)_bc_matri")


def joined(samples: list[Sample], pattern: str | None) -> AnnData:
    """Return one sample as it is, and several, or those of a pattern, in one matrix."""
    if len(samples) == 1 and not pattern:
        return samples[0].data
    return join_samples(samples, "same", prefix=True)


def label_samples(
    places: Iterable[tuple[str, ...]], names: list[str], pattern: str | None, shown: str
) -> list[tuple[str, dict[str, str | None]]]:
    """Name samples, and take the columns of their cells from the names of their files.

    A sample is named by what tells its place from the others (archive, folders and beginning of the
    file's name), unless the pattern has a group ``cell`` or ``sample``.

    Raises
    ------
    ClearError
        Two samples get one name, or raw and filtered matrices are mixed.
    """
    if len({kind for name in names for kind in BARCODES_OF.findall(name)}) > 1:
        raise ClearError(
            f"{shown}: there are raw and filtered matrices. Choose in the card's reader_options, "
            "such as `pattern: filtered`."
        )
    places = [list(place) for place in places]
    # Folders that all samples have do not tell them apart: outs/filtered_feature_bc_matrix.
    for end in (0, -1):
        while min(map(len, places)) > 1 and len({place[end] for place in places}) == 1:
            for place in places:
                del place[end]
    described = [describe(name, pattern) for name in names]
    if not pattern or not {"cell", "sample"} & set(re.compile(pattern).groupindex):
        described = [
            ("/".join(place) or label, columns)
            for place, (label, columns) in zip(places, described, strict=True)
        ]
    labels = [label for label, _ in described]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise ClearError(
            f"{shown}: two samples are named {twice[0]!r}. Correct `pattern` in the card's "
            "reader_options."
        )
    return described


def as_sample(
    data: AnnData, described: tuple[str, dict[str, str | None]], file: str, genome: str | None
) -> Sample:
    """Keep the features that are gene expression, and those of one genome.

    Raises
    ------
    ClearError
        No feature is left; there are several genomes, and none is chosen.
    """
    var = data.var
    keep = np.ones(len(var), dtype=bool)
    if "feature_type" in var:
        keep = (var["feature_type"] == GENE_EXPRESSION).to_numpy()
    if not keep.any():
        raise ClearError(
            f"{file} has no features of the type {GENE_EXPRESSION!r}; it has: "
            f"{', '.join(sorted(set(var['feature_type'])))}."
        )
    genomes = set(var["genome"][keep]) - {""} if "genome" in var else set()
    chosen = choose_genome(genomes, file, genome)
    if genome is not None:
        keep &= (var["genome"] == chosen).to_numpy()
    label, columns = described
    data = data if keep.all() else data[:, keep].copy()
    data.obs = data.obs.assign(**columns)
    return Sample(label, file, data, pd.Index(data.var["gene_id"]))


def choose_genome(genomes: set[str], file: str, genome: str | None) -> str | None:
    """Return the genome to keep.

    Raises
    ------
    ClearError
        It is not there, or there are several and none is named.
    """
    there = f"its genomes: {', '.join(sorted(genomes)) or 'not named'}"
    if genome is not None and genome not in genomes:
        raise ClearError(f"{file} has no genome {genome!r}; {there}. Correct `genome` in the card.")
    if genome is None and len(genomes) > 1:
        raise ClearError(
            f"{file} has several genomes; {there}. Choose one in the card as "
            "`reader_options: {genome: ...}`."
        )
    return genome or next(iter(genomes), None)
