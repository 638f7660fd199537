"""Samples of 10x Genomics: their names, and all of them in one matrix."""

import re
from collections.abc import Iterable

import pandas as pd
from anndata import AnnData
from scipy import sparse

from clear.benchmark.data.archives.archives import describe
from clear.errors import ClearError

# Cell Ranger writes the matrix of all barcodes beside that of the cells.
BARCODES_OF = re.compile(r"(raw|filtered)_(?:feature|gene)_bc_matri")


def label_samples(
    places: Iterable[tuple[str, ...]], names: list[str], pattern: str | None, shown: str
) -> list[tuple[str, dict[str, str | None]]]:
    """Name samples and take from the names of their files what the pattern finds there.

    Parameters
    ----------
    places
        For each sample the archive, folders and beginning of the file's name; the names are what
        tells these apart, unless the pattern has a group ``cell`` or ``sample``.
    names
        Name of each sample's file.
    pattern
        Regular expression with named groups that every name matches.
    shown
        The files for messages.

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


def join_samples(samples: dict[str, AnnData]) -> AnnData:
    """Join samples over their cells.

    Parameters
    ----------
    samples
        Data by the name of the sample.

    Returns
    -------
    AnnData
        ``obs`` has ``sample`` and ``barcode``, cells are named ``<sample>_<barcode>``. The genes
        are those of the first sample.

    Raises
    ------
    ClearError
        A sample has other gene ids: what one reference lacks is not zero there, so neither a
        union nor an intersection is made unasked.
    """
    (first, reference), *others = samples.items()
    aligned = [reference, *(_aligned(data, reference, name, first) for name, data in others)]
    tables = [
        data.obs.assign(sample=name, barcode=data.obs_names).set_axis(f"{name}_" + data.obs_names)
        for name, data in zip(samples, aligned, strict=True)
    ]
    matrix = sparse.vstack([data.X for data in aligned], format="csr")
    return AnnData(matrix, pd.concat(tables), reference.var)


def _aligned(data: AnnData, reference: AnnData, name: str, first: str) -> AnnData:
    ids, wanted = pd.Index(data.var["gene_id"]), pd.Index(reference.var["gene_id"])
    if ids.equals(wanted):
        return data
    differing = ids.symmetric_difference(wanted)
    if len(differing) or not ids.is_unique:
        raise ClearError(
            f"The samples {first} ({len(wanted)} genes) and {name} ({len(ids)} genes) were not "
            f"counted with the same genes: {len(differing)} ids are in one of them only"
            f"{f', such as {differing[0]}' if len(differing) else ''}. Leave one of them out by "
            "`pattern` in the card's reader_options, or make a dataset of each."
        )
    return data[:, ids.get_indexer(wanted)].copy()
