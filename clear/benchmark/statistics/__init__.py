"""Tables made from scores and runs: statistics, ranks, costs, differences of an ablation."""
