"""What makes the training fast: compiled kernels, CUDA graphs, precision, threads."""
