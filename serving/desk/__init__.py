"""The desk: whom do we call next, and why? Pages for the people who call leads back, over what is in the store.

``queue`` holds the open leads in memory and puts them in order; ``lead_details`` puts one lead together;
``lead_actions`` stores what people do, by the rules of ``lead_state``; ``pages`` turns all of it into HTML, with the
templates beside it, and has the addresses and who may see them. ``desk_service`` is the entry point.
"""

__all__ = ["desk_service"]
