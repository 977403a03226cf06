"""Training: from a practice's history to a model we would sign.

Serving imports only ``training.bundle``. Importing this package does nothing.
"""

__all__ = ["bundle", "pipeline", "settings"]
