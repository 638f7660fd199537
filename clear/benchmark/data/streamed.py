"""Canonical datasets written block by block."""

from pathlib import Path

import pandas as pd

from clear.benchmark.data.stream import CellStream


def read_streamed(
    stream: CellStream, card: dict, columns: dict[str, list], folder: Path, out_h5ad: Path
) -> tuple[pd.DataFrame, dict, list[str]]:
    """Write a dataset of any size in canonical shape."""
    raise NotImplementedError
