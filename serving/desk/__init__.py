"""The desk: whom do we call next, and why? Server-rendered pages for the people who call leads back.

``board`` keeps the open leads at hand; ``order`` is the working order as a policy one can read, with ``contact_hours`` (from when a lead may be called) and
``order_words`` (why each stands where it stands); ``pages`` turns them into HTML with the templates and the style sheet beside it.
"""

__all__ = ["board", "contact_hours", "order", "order_words", "pages"]
