"""Scores sent back to CRMs: what is sent, when, and how often it is retried."""
