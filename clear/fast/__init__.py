"""What makes a training fast on a processor: compiled augmentations, bfloat16, thread settings."""
