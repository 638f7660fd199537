"""The commands of ``clear-sc``, and what is in a file beside what they add."""

import h5py
import numpy as np

from clear.cli import main

PROGRAM = "import sys; from clear.cli import main; sys.exit(main())"


def embed(*arguments):
    return main(["embed", *map(str, arguments), "--epochs", "2", "--device", "cpu"])


def elements(path):
    """Every dataset of an HDF5 file, with its type, but what CLEAR adds."""
    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = (str(item.dtype), np.asarray(item[()]).tolist(), sorted(item.attrs))

    with h5py.File(path) as file:
        file.visititems(add)
    return {name: value for name, value in found.items() if "clear" not in name}


def cluster(*arguments):
    return main(["cluster", *map(str, arguments)])
