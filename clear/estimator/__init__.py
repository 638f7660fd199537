"""The estimator: from an AnnData to an embedding."""

from clear.estimator.estimator import CLEAR

__all__ = ["CLEAR"]
