"""Which roles do users of the desk have?"""

__all__ = ["ROLES"]

ROLES = ("desk", "manager", "admin")
"""Each may do everything that the one before it may."""
