"""Bioconductor's containers of expression data: their assays, cells and genes.

Three generations are in use: SummarizedExperiment (of which SingleCellExperiment is one) with its
assays in a slot, the same with its assays in the environment of a reference class (before 2020),
and ExpressionSet, of which scater's SCESet was one until 2017.
"""

from typing import NamedTuple

import pandas as pd
from rdata.parser import RObject, RObjectType

from clear.benchmark.data.readers.r_values import environment, frame, items, slots, vector


class Experiment(NamedTuple):
    """Parts of a container.

    Attributes
    ----------
    assays
        Matrices by their names, not converted yet.
    obs, var
        Columns of the cells and of the genes. The index holds the names; a RangeIndex where the
        container has none.
    """

    assays: dict[str, RObject]
    obs: pd.DataFrame
    var: pd.DataFrame


def experiment(node: RObject) -> Experiment | None:
    """Return the parts of a SummarizedExperiment or ExpressionSet; None for anything else."""
    parts = slots(node)
    if {"assays", "colData"} <= parts.keys():
        return Experiment(_assays(parts["assays"]), frame(parts["colData"]), _row_data(parts))
    if {"assayData", "phenoData", "featureData"} <= parts.keys():
        data = parts["assayData"]
        is_list = data.info.type == RObjectType.VEC
        obs, var = (frame(slots(parts[name])["data"]) for name in ("phenoData", "featureData"))
        return Experiment(dict(items(data)) if is_list else environment(data), obs, var)
    return None


def _assays(node: RObject) -> dict[str, RObject]:
    if "data" in slots(node):
        return dict(items(slots(node)["data"]))
    variables = environment(node)
    # A reference class keeps a field that checks its values under another name.
    return dict(items(variables.get(".->data", variables.get("data"))))


def _row_data(parts: dict[str, RObject]) -> pd.DataFrame:
    """Return rowData; names of the object take precedence over those of the table."""
    ranges = slots(parts["rowRanges"]) if "rowRanges" in parts else {}
    var = frame(ranges.get("elementMetadata") or parts["elementMetadata"])
    for holder in (parts, *(slots(ranges[n]) for n in ("partitioning", "ranges") if n in ranges)):
        names = vector(holder.get("NAMES"))
        if names:
            return var.set_axis(pd.Index(names, dtype=object))
    return var
