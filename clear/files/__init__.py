"""Files that CLEAR reads and writes: models, checkpoints, ``.h5ad``."""
