"""CLEAR itself: augmentation, encoder, contrast, training."""
