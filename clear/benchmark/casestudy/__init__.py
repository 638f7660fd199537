"""Case studies: from the embedding of blood cells to the panels of Fig. 5."""
