"""One lead or many to scores with reasons, by the model that is champion now."""
