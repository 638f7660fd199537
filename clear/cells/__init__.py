"""The cells to train on: matrices, genes, and minibatch sampling from memory or disk."""
