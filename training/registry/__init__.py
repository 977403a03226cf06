"""MLflow, the promotion contract and the promotion log."""
