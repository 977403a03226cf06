"""CRMs: what does each one send, what do we answer, and how does a score get back into it?

Inbound: ``inbound.routes`` finds the handler of a path; ``hubspot``, ``salesforce``, ``dynamics`` and ``generic`` parse
what comes. ``ports`` is all they know of the store. Outbound: ``outbound.sender`` takes scores from an outbox and hands
them to a channel (``hubspot_writer``, ``dynamics_writer``), which sends them through ``http_transport``."""
