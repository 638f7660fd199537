"""The generated part of docs/results-dev.md: ``python -m clear.benchmark.docs.results``."""
