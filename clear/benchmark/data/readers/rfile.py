"""R's serialised objects (.rds, .rda) as Python values, part by part.

The `rdata` package parses the files; converting everything in one go fails on the functions and
environments that many saved objects carry, so the callers convert only what they need.
"""

from pathlib import Path

import numpy as np
from rdata.parser import RObject, RObjectType, parse_file

from clear.errors import ClearError


def open_r_file(path: Path) -> list[RObject]:
    """Return the objects saved in an R file: one of an ``.rds``, all of an ``.rda``.

    Raises
    ------
    ClearError
        The file is not an R file, or is incomplete.
    """
    try:
        root = parse_file(path).object
    except Exception as error:  # rdata has no exception of its own for a broken file
        raise ClearError(
            f"{path} cannot be read as an R file (.rds or .rda); it may be incomplete: {error}"
        ) from error
    return list(pairs(root).values()) if root.info.type == RObjectType.LIST else [root]


def resolve(node: RObject) -> RObject:
    """Follow a back reference to the object that stands earlier in the file."""
    return node.referenced_object if node.info.type == RObjectType.REF else node


def pairs(node: RObject | None) -> dict[str, RObject]:
    """Convert a pairlist (attributes, environments, an ``.rda``) to a dictionary."""
    found = {}
    while node is not None and node.info.type == RObjectType.LIST:
        if node.tag is not None:
            found[resolve(node.tag).value.value.decode()] = resolve(node.value[0])
        node = node.value[1]
    return found


def slots(node: RObject) -> dict[str, RObject]:
    """Return the attributes of an object, which for S4 objects are its slots."""
    return pairs(node.attributes)


def vector(node: RObject | None) -> list | np.ndarray | None:
    """Convert a character, factor, logical, integer or double vector.

    Missing strings and factor values become None, missing numbers NaN. Objects of any other
    type give None.
    """
    if node is None:
        return None
    if node.info.type == RObjectType.STR:
        return [None if text.value is None else text.value.decode() for text in node.value]
    if not isinstance(node.value, np.ndarray):
        return None
    if "levels" in slots(node):
        levels = np.array([*vector(slots(node)["levels"]), None], dtype=object)
        return levels[np.ma.filled(node.value, len(levels)) - 1].tolist()
    if np.ma.is_masked(node.value):
        return node.value.astype(float).filled(np.nan)
    return np.asarray(node.value)


def named_list(node: RObject) -> dict[str, RObject]:
    """Convert an R list, or a Bioconductor list that wraps one in the slot ``listData``."""
    node = slots(node).get("listData", node)
    names = vector(slots(node).get("names")) or []
    return dict(zip(names, map(resolve, node.value), strict=True)) if names else {}
