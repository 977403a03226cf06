"""Scoring beyond one process: one pure function over a bucket of leads, run by a loop, local processes or a cluster."""
