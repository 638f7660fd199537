"""The benchmark of CLEAR: data, methods, scores, figures and report."""
