"""CLEAR itself: augmentations, encoder, contrastive losses, training."""
