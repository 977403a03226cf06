"""Commands of serving: score, serve, keys, users, store, doctor."""
