"""Append-only logs of ids and numbers: what was predicted, and what a shadow model would have said."""
