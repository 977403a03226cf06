"""The desk: whom do we call next, and why? Pages for the people who call leads back, over what stands in the store.

``board`` has the open leads at hand and ``order`` says in which order they are called; ``lead_view`` puts one lead
together; ``doing`` keeps what people do, by the rules of ``steps``; ``pages`` and ``rendering`` turn all of it into
HTML, with the templates beside them; ``routes``, ``visitors`` and ``sign_in`` are the addresses and who may see them.
"""

__all__ = ["board", "doing", "order", "pages", "room", "routes"]
