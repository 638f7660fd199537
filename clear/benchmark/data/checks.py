"""Checks that a dataset must pass before any method sees it."""

import numpy as np
import pandas as pd
from scipy import sparse

from clear.benchmark.vocabulary import LOG_UNITS
from clear.cells.scale import Scale
from clear.errors import ClearError


def check_shape(cells: int, genes: int, dataset: str) -> None:
    """Refuse a matrix without cells or genes.

    Raises
    ------
    ClearError
        Says how many there are of each.
    """
    if not (cells and genes):
        raise ClearError(
            f"Dataset {dataset!r}: the matrix is empty ({cells} cells x {genes} genes). Get the "
            "right file, or correct `reader_options` in the card."
        )


def check_values(matrix: sparse.csr_matrix, cells: pd.Index, genes: pd.Index, dataset: str) -> None:
    """Refuse an empty matrix and NaN, infinite or negative values.

    Raises
    ------
    ClearError
        Says how many values are wrong and where the first one is.
    """
    if 0 in matrix.shape or not matrix.nnz:
        raise ClearError(
            f"Dataset {dataset!r}: the matrix is empty ({matrix.shape[0]} cells x "
            f"{matrix.shape[1]} genes, {matrix.nnz} values other than zero)."
        )
    for what, wrong in {
        "NaN": np.isnan(matrix.data),
        "infinite": np.isinf(matrix.data),
        "negative": matrix.data < 0,
    }.items():
        if wrong.any():
            first = int(np.argmax(wrong))
            cell = cells[np.searchsorted(matrix.indptr, first, side="right") - 1]
            raise ClearError(
                f"Dataset {dataset!r}: {wrong.sum()} values are {what}, the first one in cell "
                f"{cell!r}, gene {genes[matrix.indices[first]]!r}. Raw expression is finite and "
                "not negative: choose another matrix of the file (`reader_options` in the card; "
                "an h5ad may have it under `use_raw: true` or as a `layer`), or mend the file."
            )


def check_unit(matrix: sparse.csr_matrix, unit: str, dataset: str) -> list[str]:
    """Refuse values that cannot have the unit that the card declares.

    Returns
    -------
    list of str
        Remarks on values that are possible but suspicious.

    Raises
    ------
    ClearError
        Counts that are not whole numbers; logarithms that are too high, or all whole numbers.
    """
    highest = float(matrix.data.max())
    fractions = int(np.count_nonzero(matrix.data != np.rint(matrix.data)))
    logged = unit in LOG_UNITS
    found = Scale(highest, not fractions).contradicts(logged)
    if unit == "counts" and fractions:
        raise ClearError(
            f"Dataset {dataset!r}: the card says unit: counts, but {fractions} of "
            f"{matrix.nnz} values are not whole numbers (maximum {highest:g}). Correct the unit, "
            "or choose the matrix that holds the counts (`reader_options` in the card)."
        )
    if logged and found:
        raise ClearError(
            f"Dataset {dataset!r}: the card says unit: {unit}, but the matrix holds {found}. "
            "Correct the unit, or choose the matrix that holds the logarithms (`reader_options` in "
            "the card)."
        )
    return [f"The unit is {unit}, but the matrix holds {found}."] if found else []


def check_expected(obs: pd.DataFrame, n_genes: int, expected: dict, dataset: str) -> None:
    """Compare the numbers of cells, genes and types with the card's ``expected``.

    Raises
    ------
    ClearError
        Names each number that differs, expected and found.
    """
    sizes = {str(k): int(v) for k, v in obs["cell_type"].value_counts(sort=False).items()}
    found = {"cells": len(obs), "genes": n_genes, "types": len(sizes)}
    wrong = [
        f"expected {expected[name]} {name}, found {number}"
        for name, number in found.items()
        if expected.get(name) not in (None, number)
    ]
    declared = expected.get("sizes") or {}
    wrong += [
        f"expected {declared.get(kind, 0)} cells of {kind!r}, found {sizes.get(kind, 0)}"
        for kind in (sorted(declared.keys() | sizes.keys()) if declared else [])
        if declared.get(kind, 0) != sizes.get(kind, 0)
    ]
    if wrong:
        raise ClearError(
            f"Dataset {dataset!r} is not what its card expects: {'; '.join(wrong)}. The types "
            f"are: {', '.join(sizes)}. Get the right file, or correct `expected` in the card."
        )
