"""Features: what we knew about a lead, as numbers.

Read in this order: ``schema``, ``tables``, ``moments``, ``batch``, ``catalogue``, ``signals``, ``matrix``. Importing
this package does nothing."""

__all__ = ["batch", "catalogue", "knowledge", "mapping", "matrix", "moments", "practice", "schema", "signals", "tables"]
