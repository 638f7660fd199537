"""The files of a dataset: found, downloaded, checked."""
