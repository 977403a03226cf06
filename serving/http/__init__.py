"""HTTP: what every request passes through. Bodies, JSON, API keys, limits, metrics, the access log."""
