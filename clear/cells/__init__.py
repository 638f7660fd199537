"""The cells that a model sees: matrices, genes, pools in memory or on disk."""
