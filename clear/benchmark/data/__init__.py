"""From a dataset card to the input of a method: fetch, read, prepare."""
