"""How long may a connection say nothing? A request that does not come is dropped, whatever the application does about
it.

Lives here: one addition to uvicorn's protocol, which waits for headers and for unread bodies without an end. Nothing
else in the project imports uvicorn. Does not live here: the answer to a body that does not come (``bodies``)."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.http.request_body import BODY_SECONDS

__all__ = ["HEADER_SECONDS", "drop_silent_connections"]

HEADER_SECONDS = 10.0
"""A request whose headers are not whole by then is dropped; uvicorn itself closes idle connections after answers, and
no others.
"""

_AFTER_THE_ANSWER = 1.0
"""Seconds to read the answer of a gate that gave up on a body, before the connection goes."""


class _Watched:
    """The two moments at which a connection begins or ends to wait for headers."""

    made, received = H11Protocol.connection_made, H11Protocol.data_received


def drop_silent_connections() -> None:
    """From now on every connection has ten seconds for the headers of each request and eleven for its body, however
    they drip in.
    """

    def made(self: H11Protocol, transport: object) -> None:
        _Watched.made(self, transport)
        _watch(self)

    def received(self: H11Protocol, data: bytes) -> None:
        _Watched.received(self, data)
        _watch(self)

    H11Protocol.connection_made, H11Protocol.data_received = made, received


def _watch(connection: H11Protocol) -> None:
    """Start the clock anew when headers, or a body, begin to be awaited; stop it when the request is whole."""
    awaited = connection.conn.their_state
    before, clock = getattr(connection, "leadlight_clock", (None, None))
    if awaited is before:
        return
    if clock is not None:
        clock.cancel()
    seconds = {h11.IDLE: HEADER_SECONDS, h11.SEND_BODY: BODY_SECONDS + _AFTER_THE_ANSWER}.get(awaited)
    connection.leadlight_clock = (awaited, seconds and connection.loop.call_later(seconds, connection.transport.close))
