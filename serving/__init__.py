"""Serving: a score, its reasons, and a page.

Importing this package does nothing.
"""

__all__ = ["api", "contracts", "reasons", "scoring", "service"]
