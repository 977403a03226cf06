"""Scores back into CRMs: what is written, how it is retried."""
