"""Numbers and times as people read them; what is missing is a dash."""

import pandas as pd

DASH, MINUS = "\u2013", "\u2212"


def number(value, digits: int) -> str:
    """Return a number with fixed decimals and a true minus sign."""
    if value is None or pd.isna(value):
        return DASH
    shown = f"{value:.{digits}f}"
    return f"{MINUS}{shown[1:]}" if shown[0] == "-" and float(shown) else shown.lstrip("-")


def whole(value) -> str:
    """Return a whole number with thousands separated."""
    return DASH if value is None or pd.isna(value) else f"{int(value):,}"


def duration(seconds: float) -> str:
    """Return a time in the unit that fits."""
    if pd.isna(seconds):
        return DASH
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def memory(mebibytes: float) -> str:
    """Return an amount of memory in the unit that fits, MiB or GiB."""
    if pd.isna(mebibytes):
        return DASH
    return f"{mebibytes:.0f} MiB" if mebibytes < 1000 else f"{mebibytes / 1024:.1f} GiB"
