"""How much each signal moved a score: exact Shapley values of the trees, fast enough for every request."""
