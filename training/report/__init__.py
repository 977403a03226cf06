"""The model card: one page about one trained model."""
