"""All that a method script of Python needs: read the input, write the outputs.

A complete method::

    from contract import read_input, read_params, write_embedding

    params = read_params({"dims": 10})  # the settings this method knows, with their defaults
    data = read_input(params)
    X = data.dense("X", highly_variable=True)  # cells x genes, log-normalised
    write_embedding(params, X[:, : params.settings["dims"]], data.cells)

A script prints what it likes (it goes to ``output.log``), raises when it fails, and calls
`not_applicable` when the method cannot serve this dataset at all. It works in a folder of its own,
which is emptied of everything but the outputs afterwards; it may import modules that lie beside it.

Here and in the modules of this folder nothing but NumPy and h5py is imported, and the syntax is
that of Python 3.7, so that a method with an old environment can use them too.
"""

from .cells import Input, read_input, read_source
from .computed import computed_by
from .outputs import write_clusters, write_embedding, write_pseudotime
from .params import not_applicable, read_params

__all__ = [
    "Input",
    "computed_by",
    "not_applicable",
    "read_input",
    "read_params",
    "read_source",
    "write_clusters",
    "write_embedding",
    "write_pseudotime",
]
