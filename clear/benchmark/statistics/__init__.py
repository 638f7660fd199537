"""Tables made from scores: ranks, intervals, tests."""
