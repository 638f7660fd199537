"""R's compact vectors (ALTREP), expanded as R does it.

R 3.5 and later save some vectors in compact form: 1:10 as its start, length and step, strings made
from numbers as the numbers. `rdata` loses elements of decreasing sequences and formats numbers as
Python does.
"""

import math

import numpy as np
from rdata.parser import DEFAULT_ALTREP_MAP, CharFlags, RObject, RObjectInfo, RObjectType

DIGITS = 15  # significant digits of a number that R turns into text


def _info(kind: RObjectType, gp: int = 0) -> RObjectInfo:
    return RObjectInfo(kind, object=False, attributes=False, tag=False, gp=gp, reference=0)


def _integer_sequence(state: RObject) -> tuple[RObjectInfo, np.ndarray]:
    length, start, step = (int(value) for value in state.value)
    return _info(RObjectType.INT), (start + step * np.arange(length)).astype(np.int32)


def _deferred_strings(state: RObject) -> tuple[RObjectInfo, list[RObject]]:
    numbers, penalty = state.value[0].value, int(state.value[1].value[0])
    if numbers.dtype.kind == "i":
        missing = np.ma.getmaskarray(numbers)
        texts = [None if gone else str(n) for n, gone in zip(numbers, missing, strict=True)]
    else:
        texts = [_number_as_text(float(number), penalty) for number in numbers]
    info = _info(RObjectType.CHAR, CharFlags.ASCII)
    values = [RObject(info, None if text is None else text.encode(), None) for text in texts]
    return _info(RObjectType.STR), values


def _number_as_text(number: float, penalty: int) -> str | None:
    """Format a double with up to 15 digits, in the shorter notation, as R does."""
    if math.isnan(number):
        # NA is the NaN whose lower half is 1954.
        low = np.float64(number).view(np.uint64) & np.uint64(0xFFFFFFFF)
        return None if low == 1954 else "NaN"
    if math.isinf(number):
        return "Inf" if number > 0 else "-Inf"
    mantissa, exponent = f"{number:.{DIGITS - 1}e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    digits = sum(character.isdigit() for character in mantissa)
    scientific = f"{mantissa}e{int(exponent):+03d}"
    fixed = f"{number:.{max(0, digits - 1 - int(exponent))}f}"
    return fixed if len(fixed) <= len(scientific) + penalty else scientific


CONSTRUCTORS = dict(DEFAULT_ALTREP_MAP) | {
    b"compact_intseq": _integer_sequence,
    b"deferred_string": _deferred_strings,
    b"wrap_list": DEFAULT_ALTREP_MAP[b"wrap_real"],
}
