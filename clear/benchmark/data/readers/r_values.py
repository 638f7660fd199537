"""Parsed R objects as Python values, part by part."""

import numpy as np
import pandas as pd
from rdata.parser import RObject, RObjectType


def resolve(node: RObject) -> RObject:
    """Follow a reference to an object earlier in the file."""
    return node.referenced_object if node.info.type == RObjectType.REF else node


def pairs(node: RObject | None) -> dict[str, RObject]:
    """Convert a pairlist (attributes, the content of an ``.rda``) to a dictionary."""
    found = {}
    while node is not None and node.info.type == RObjectType.LIST:
        if node.tag is not None:
            found[_text(resolve(node.tag).value)] = resolve(node.value[0])
        node = node.value[1]
    return found


def slots(node: RObject) -> dict[str, RObject]:
    """Return the attributes of an object, which for S4 objects are its slots."""
    return pairs(node.attributes)


def class_name(node: RObject) -> str:
    """Return the first class of an object, for messages; its type where it has none."""
    return (vector(slots(node).get("class")) or [node.info.type.name])[0]


def environment(node: RObject) -> dict[str, RObject]:
    """Return the variables of an environment, also of an object that is one."""
    content = resolve(slots(node).get(".xData", node)).value
    # A hashed environment holds a list of pairlists.
    found = pairs(content.frame)
    for bucket in content.hash_table.value or []:
        found |= pairs(bucket)
    return found


def vector(node: RObject | None) -> list | np.ndarray | None:
    """Convert a character, factor, logical, integer or double vector, or a run-length encoded one.

    Missing strings and factor values become None, missing numbers NaN. Run-length encoded
    vectors are Bioconductor's ``Rle``. Objects of any other type give None.
    """
    if node is None:
        return None
    if node.info.type == RObjectType.STR:
        return [_text(text) for text in node.value]
    parts = slots(node)
    if node.info.type == RObjectType.S4 and {"values", "lengths"} <= parts.keys():
        values = vector(parts["values"])
        runs = np.asarray(values, dtype=object if isinstance(values, list) else None)
        expanded = np.repeat(runs, parts["lengths"].value)
        return expanded.tolist() if isinstance(values, list) else expanded
    if not isinstance(node.value, np.ndarray):
        return None
    if "levels" in parts:
        levels = np.array([*vector(parts["levels"]), None], dtype=object)
        return levels[np.ma.filled(node.value, len(levels)) - 1].tolist()
    if np.ma.is_masked(node.value):
        return node.value.astype(float).filled(np.nan)
    return np.asarray(node.value)


def items(node: RObject) -> list[tuple[str, RObject]]:
    """Return the named elements of an R list, or of a Bioconductor list, which wraps one."""
    node = slots(node).get("listData", node)
    names = vector(slots(node).get("names")) or []
    return list(zip(names, map(resolve, node.value), strict=True)) if names else []


def row_names(node: RObject) -> list[str] | None:
    """Return the row names of a ``data.frame`` or ``DataFrame``; None if they are only numbers."""
    parts = slots(node)
    names = vector(parts.get("row.names", parts.get("rownames")))
    return names if isinstance(names, list) else None


def frame(node: RObject) -> pd.DataFrame:
    """Convert a ``data.frame`` or a Bioconductor ``DataFrame``.

    Columns that are not vectors are left out. The index holds the row names, or numbers if
    there are none.
    """
    parts, names = slots(node), row_names(node)
    columns = {name: vector(column) for name, column in items(node)}
    if names is not None:
        rows = len(names)
    elif "nrows" in parts:
        rows = int(parts["nrows"].value[0])
    else:
        rows = max((len(column) for column in columns.values() if column is not None), default=0)
    # A matrix or frame that is a column has another length.
    kept = {k: v for k, v in columns.items() if v is not None and len(v) == rows}
    index = pd.RangeIndex(rows) if names is None else pd.Index(names, dtype=object)
    return pd.DataFrame(kept, index=index)


def is_frame(node: RObject) -> bool:
    """Tell whether an object is a ``data.frame`` or a Bioconductor ``DataFrame``."""
    parts = slots(node)
    return "row.names" in parts or {"listData", "nrows"} <= parts.keys()


def _text(node: RObject) -> str | None:
    if node.value is None:
        return None
    try:
        return node.value.decode()
    except UnicodeDecodeError:  # saved under a Latin-1 locale
        return node.value.decode("latin-1")
