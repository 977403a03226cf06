"""The verbs of training: train, promote, monitor, shadow."""
