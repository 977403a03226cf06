"""How does an open page learn what is new? By server-sent events that end after a while and begin again.

Lives here: how many streams there may be, what is sent, when a stream ends. Does not live here: what is new
(``serving.desk.notices``), who may listen (``page_sessions``), the script (``static/notices.js``).

A stream holds no place of other requests (``serving.http.middleware``), no thread and no connection to the store: it
sleeps, and looks once in a while. Where there are too many, the page asks every few seconds instead.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from serving.desk.notices import Notices
from serving.errors import RequestError
from serving.http.responses import stream_reply

__all__ = ["MAX_STREAMS", "MAX_STREAMS_PER_PERSON", "StreamSlots", "reply_with_notices"]

MAX_STREAMS_PER_PERSON, MAX_STREAMS = 4, 200
"""Open streams of one person, and of everybody, in one process."""

STREAM_SECONDS = 45.0
"""A stream ends after so long, before any timeout in front of it, and the browser opens another."""
_LOOK_SECONDS, _BEAT_SECONDS, _STEP_SECONDS = 2.0, 15.0, 0.5

Look = Callable[[], Awaitable[Notices | None]]
"""Returns what is new for the listener; None when the session is over."""


class StreamSlots:
    """Counts open streams.

    >>> slots = StreamSlots(per_person=1)
    >>> with slots.hold("anna"):
    ...     slots.has_place("anna"), slots.has_place("ben")
    (False, True)
    """

    def __init__(self, per_person: int = MAX_STREAMS_PER_PERSON, total: int = MAX_STREAMS) -> None:
        self._per_person, self._total = per_person, total
        self._open: Counter[str] = Counter()

    def has_place(self, person: str) -> bool:
        """Whether one more stream of a person may be opened."""
        return self._open[person] < self._per_person and self._open.total() < self._total

    @contextmanager
    def hold(self, person: str) -> Iterator[None]:
        """Count a stream while it is open."""
        self._open[person] += 1
        try:
            yield
        finally:
            self._open[person] -= 1
            self._open += Counter()  # drops the people without any


def reply_with_notices(
    person: str, look: Look, slots: StreamSlots, is_closing: Callable[[], bool], seconds: float = STREAM_SECONDS
) -> Any:
    """Return a stream of notices for one person.

    Parameters
    ----------
    look : callable
        Asked every two seconds.
    is_closing : callable
        Whether the service is stopping: the stream ends at once.

    Raises
    ------
    RequestError
        429 when there are too many streams.
    """
    if not slots.has_place(person):
        message = "Too many pages are listening; this one asks every few seconds instead."
        raise RequestError(429, "too_many_streams", message, retryable=True, retry_after=60)
    return stream_reply(_stream(person, look, slots, is_closing, seconds))


async def _stream(
    person: str, look: Look, slots: StreamSlots, is_closing: Callable[[], bool], seconds: float
) -> AsyncIterator[str]:
    """Yield an event whenever something is new, and a line without meaning now and then, which shows a broken
    connection.
    """
    # Asked again: between the first question and now, others may have begun.
    if not slots.has_place(person):
        yield "event: full\ndata: {}\n\n"
        return
    with slots.hold(person):
        begun = looked_at = beat_at = time.monotonic()
        last: Notices | None = None
        yield "retry: 2000\n\n"
        while not is_closing() and (now := time.monotonic()) - begun < seconds:
            if last is None or now - looked_at >= _LOOK_SECONDS:
                looked_at = now
                notices = await look()
                if notices is None:
                    return
                if notices != last:
                    last, beat_at = notices, now
                    yield f"data: {json.dumps(notices.to_dict())}\n\n"
            if now - beat_at >= _BEAT_SECONDS:
                beat_at = now
                yield ": still here\n\n"
            await asyncio.sleep(_STEP_SECONDS)
