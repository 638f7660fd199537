"""R's matrices of genes x cells, dense or of the package Matrix, as CSR of cells x genes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rdata.parser import RObject
from scipy import sparse

from clear.benchmark.data.readers.r_values import class_name, resolve, slots, vector
from clear.errors import ClearError

BLOCK = 1 << 24  # numbers of a dense matrix in one block
READABLE = "dense matrices and those of the classes dgCMatrix, dgTMatrix and dgRMatrix"


class Expression(NamedTuple):
    """A matrix with its names.

    Attributes
    ----------
    values
        CSR, cells x genes.
    genes, cells
        Names; None where the matrix has none.
    """

    values: sparse.csr_matrix
    genes: list[str] | None
    cells: list[str] | None


def expression(node: RObject, what: str) -> Expression:
    """Convert a matrix of genes x cells.

    Parameters
    ----------
    node
        A numeric or logical ``matrix``, or a ``[dln][gCTR]Matrix`` or ``[dl]geMatrix``.
    what
        What to call it in messages.

    Raises
    ------
    ClearError
        The object is no such matrix.
    """
    parts = slots(node)
    if "Dim" in parts and not {"uplo", "perm"} & parts.keys():
        (genes, cells), names = parts["Dim"].value, parts["Dimnames"]
        values = _of_package_matrix(parts, (int(cells), int(genes)))
    elif "dim" in parts and len(parts["dim"].value) == 2 and _is_numeric(node):
        values = csr_of(vector(node).reshape(parts["dim"].value, order="F").T)
        names = parts.get("dimnames")
    else:
        values = None
    if values is None:
        raise ClearError(
            f"The {what} is not a matrix that can be read ({class_name(node)}): only {READABLE} "
            "can. Name another one in the card (`reader_options`)."
        )
    genes, cells = [vector(resolve(n)) for n in names.value] if names else (None, None)
    return Expression(values, genes, cells)


def csr_of(rows: np.ndarray | Sequence[np.ndarray]) -> sparse.csr_matrix:
    """Convert a dense matrix, or a list of its rows, in blocks; logicals become 0 and 1."""
    step = max(1, BLOCK // max(1, len(rows[0]))) if len(rows) else 1
    blocks = [
        sparse.csr_matrix(_number(np.asarray(rows[start : start + step])))
        for start in range(0, max(1, len(rows)), step)
    ]
    return sparse.csr_matrix(sparse.vstack(blocks, format="csr"))


def _of_package_matrix(parts: dict[str, RObject], shape: tuple[int, int]):
    """Convert an object of the package Matrix; None if its class is not one of the readable ones.

    Columns in R are rows here: a matrix compressed by column becomes one compressed by row.
    """
    found = parts.keys() & {"i", "j", "p", "x"}
    at = {name: np.asarray(parts[name].value) for name in found - {"x"}}
    # A pattern matrix (ngCMatrix) has no values: its entries are TRUE.
    ones = np.ones(len(at.get("i", at.get("j", []))), np.int32)
    x = vector(parts["x"]) if "x" in found else ones
    if at.keys() == {"i", "p"}:
        return _number(sparse.csr_matrix((x, at["i"], at["p"]), shape=shape))
    if at.keys() == {"i", "j"}:
        # Duplicate entries are summed, or combined by OR if logical, as in R.
        return _number(sparse.coo_matrix((x, (at["j"], at["i"])), shape=shape).tocsr())
    if at.keys() == {"j", "p"}:
        return _number(sparse.csc_matrix((x, at["j"], at["p"]), shape=shape).tocsr())
    return csr_of(x.reshape(shape)) if found == {"x"} else None


def _is_numeric(node: RObject) -> bool:
    return isinstance(node.value, np.ndarray) and node.value.dtype.kind in "bif"


def _number(values):
    return values.astype(np.int32) if values.dtype.kind == "b" else values
