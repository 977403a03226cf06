"""Which roles do users of the desk have, and which of them may see everything?"""

__all__ = ["MANAGERS", "ROLES"]

ROLES = ("desk", "manager", "admin")
"""Each may do everything that the one before it may."""

MANAGERS = ROLES[1:]
"""The roles that see exports, settings and what people said of scores and readings."""
