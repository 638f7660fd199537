"""``clear-sc score``: an embedding of the user's own, scored as those of the workflow are."""
