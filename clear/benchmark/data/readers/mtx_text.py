"""A fast parser of Matrix Market entries: several hundred megabytes a second on one core.

``scipy.io.mmread`` reads a file as a whole; this one stops at the end of a cell and can resume.
"""

import numba
import numpy as np

# Why `parse` returned.
END, BOUNDARY, LINE = 0, 1, 2

# Integers up to 2^53 and powers of ten up to 10^22 are exact in float64, so their product or
# quotient is rounded once, to the value that float() gives.
POWERS = 10.0 ** np.arange(23)
EXACT = 2**53


@numba.njit
def parse(
    text: np.ndarray,
    at: int,
    cells_first: bool,
    limits: np.ndarray,
    offset: int,
    wanted: int,
    cells: np.ndarray,
    genes: np.ndarray,
    values: np.ndarray,
    filled: int,
    last: int,
) -> tuple[int, int, int, int]:
    """Read lines ``row column value`` until a block of cells is full.

    Parameters
    ----------
    text
        Bytes of whole lines.
    at
        Where to begin.
    cells_first
        Whether cells are the rows.
    limits
        Numbers of cells and genes of this file.
    offset
        Number of cells in earlier parts, added to the cells' numbers.
    wanted
        A block is full when it has so many entries and its last cell is complete.
    cells, genes, values
        Output: indices from 0, and values as float32.
    filled
        Number of entries in them.
    last
        Cell of the entry before; a smaller one is refused, since entries are sorted by cell.

    Returns
    -------
    at, filled, last : int
        The arguments' values after the last entry read.
    reason : int
        ``END`` of the text; ``BOUNDARY``, the block is full; ``LINE``, the line at ``at`` has
        an unusual form or is not allowed, or the arrays are full.
    """
    end = text.size
    while at < end:
        here, numbers = at, (0, 0)
        for which in range(2):
            while text[here] == 32 or text[here] == 9:
                here += 1
            number, first = 0, here
            while 48 <= text[here] <= 57 and here - first < 15:
                number = number * 10 + (text[here] - 48)
                here += 1
            if here == first or not (text[here] == 32 or text[here] == 9):
                return at, filled, last, LINE
            numbers = (number, 0) if which == 0 else (numbers[0], number)
        cell, gene = numbers if cells_first else (numbers[1], numbers[0])
        if not (1 <= cell <= limits[0] and 1 <= gene <= limits[1]):
            return at, filled, last, LINE
        cell += offset - 1
        if cell < last or filled == cells.size:
            return at, filled, last, LINE
        if cell > last and filled >= wanted:
            return at, filled, last, BOUNDARY
        while text[here] == 32 or text[here] == 9:
            here += 1
        # Zeros of a fraction count only if another digit follows (not in 1.0000000e+00).
        number, decimals, waiting, first, point = 0, 0, 0, here, -1
        while number < EXACT:
            byte = text[here]
            if 48 <= byte <= 57:
                if point < 0:
                    number = number * 10 + (byte - 48)
                elif byte == 48:
                    waiting += 1
                else:
                    for _ in range(waiting + 1):
                        number = number * 10 if number < EXACT else EXACT
                    number += byte - 48
                    decimals += waiting + 1
                    waiting = 0
            elif byte == 46 and point < 0:
                point = here
            else:
                break
            here += 1
        digits = here - first - (point >= 0)
        exponent = 0
        if digits > 0 and (text[here] == 101 or text[here] == 69):
            here += 1
            negative = text[here] == 45
            here += text[here] == 45 or text[here] == 43
            first = here
            while 48 <= text[here] <= 57 and here - first < 4:
                exponent = exponent * 10 + (text[here] - 48)
                here += 1
            if here == first:
                digits = 0
            exponent = -exponent if negative else exponent
        exponent -= decimals
        while text[here] == 32 or text[here] == 9 or text[here] == 13:
            here += 1
        if digits <= 0 or number >= EXACT or not -22 <= exponent <= 22 or text[here] != 10:
            return at, filled, last, LINE
        value = number * POWERS[exponent] if exponent >= 0 else number / POWERS[-exponent]
        cells[filled], genes[filled], values[filled] = cell, gene - 1, value
        filled += 1
        last = cell
        at = here + 1
    return at, filled, last, END
