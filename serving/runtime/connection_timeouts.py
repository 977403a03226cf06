"""How long may a connection stay silent? A request that does not arrive is dropped, whatever the application does.

Lives here: one addition to uvicorn's protocol, which waits forever for headers and for unread bodies. Nothing else in
the project imports uvicorn. Does not live here: the answer to a body that does not arrive
(``serving.http.request_body``)."""

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from serving.http.request_body import BODY_SECONDS

__all__ = ["HEADER_SECONDS", "drop_silent_connections"]

HEADER_SECONDS = 10.0
"""A request whose headers are not complete by then is dropped; uvicorn itself only closes idle connections after an
answer."""

_ANSWER_SECONDS = 1.0
"""Seconds to read the answer about an incomplete body before the connection is closed."""


class _Original:
    """uvicorn's own methods, called when a connection starts or stops waiting for headers or a body."""

    connection_made, data_received = H11Protocol.connection_made, H11Protocol.data_received


def drop_silent_connections() -> None:
    """Give every connection ten seconds for the headers of each request and eleven for its body, however slowly they
    drip in.
    """

    def connection_made(self: H11Protocol, transport: object) -> None:
        _Original.connection_made(self, transport)
        _reset_timer(self)

    def data_received(self: H11Protocol, data: bytes) -> None:
        _Original.data_received(self, data)
        _reset_timer(self)

    H11Protocol.connection_made, H11Protocol.data_received = connection_made, data_received  # type: ignore[method-assign]


def _reset_timer(connection: H11Protocol) -> None:
    """Start a timer when headers or a body are awaited; cancel it once the request is complete.

    The client's state in h11 goes IDLE (headers awaited) -> SEND_BODY (body awaited) -> DONE. Data that does not change
    the state, such as one more byte of a header, leaves the timer running.
    """
    state = connection.conn.their_state
    previous_state, timer = getattr(connection, "leadlight_timer", (None, None))
    if state is previous_state:
        return
    if timer is not None:
        timer.cancel()
    seconds = {h11.IDLE: HEADER_SECONDS, h11.SEND_BODY: BODY_SECONDS + _ANSWER_SECONDS}.get(state)
    timer = None if seconds is None else connection.loop.call_later(seconds, connection.transport.close)
    connection.leadlight_timer = (state, timer)  # type: ignore[attr-defined]
