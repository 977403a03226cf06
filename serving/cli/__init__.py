"""The verbs of serving: score, serve, keys, users, store, doctor."""
