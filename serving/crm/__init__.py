"""CRMs without code of their own: what does each send us, what do we answer, and how does a score get back into it?

In: ``routes`` finds the hook of an address, ``hubspot``, ``salesforce``, ``dynamics`` and ``generic`` translate,
``door`` is all they know of the store. Out: ``sender`` takes scores from an outbox and hands them to a channel
(``to_hubspot``, ``to_dynamics``), which talks by ``transport``."""

__all__ = ["door", "routes", "sender", "settings"]
