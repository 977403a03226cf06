"""What every request passes through: bodies, JSON, keys, limits, metrics, the access log."""
