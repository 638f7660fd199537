"""Methods: running one once whatever happens to it, what its script gets, what it leaves.

Interpreters of any environment import this package on their way to the runner: it imports nothing.
"""
