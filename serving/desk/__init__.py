"""The desk: whom do we call next, and why? Server-rendered pages for the people who call leads back.

``queue`` decides what is shown and in which order; ``pages`` turns it into HTML with the templates and the style sheet beside it.
"""

__all__ = ["pages", "queue"]
