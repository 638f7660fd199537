"""From the canonical dataset to the methods' input and the truth."""
