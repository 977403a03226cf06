"""Was this exact request answered already? Answers by signature, for as long as a signature is fresh.

Lives here: the limits of freshness, a cache of answers.
Does not live here: whether a signature is valid (``hubspot_signature``).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from serving.crm.ports import HookReply

__all__ = ["MAX_AGE", "MAX_CLOCK_SKEW", "ReplayCache"]

MAX_AGE = timedelta(minutes=5)
"""HubSpot's own limit."""

MAX_CLOCK_SKEW = timedelta(minutes=5)
"""How far HubSpot's clock may be ahead of ours: a machine whose clock runs slow must not refuse its webhooks. A bound
all the same: a request from the future could be saved and replayed, and answers are remembered only so long."""

_MAX_ANSWERS = 10_000


class ReplayCache:
    """Keeps the answer to each signature of the last minutes: a repeated request gets it again and has no effect.

    It is limited in size and belongs to this process; a repeat that slips through has no second effect either, because
    leads are upserted.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[datetime, HookReply]] = OrderedDict()
        self._lock = threading.Lock()

    def answer_once(self, signature: str, now: datetime, answer: Callable[[], HookReply]) -> HookReply:
        """Return the earlier answer, else a new one. A failure is not kept, so the request can be repeated."""
        with self._lock:
            while self._answers and (
                len(self._answers) > _MAX_ANSWERS or self._oldest() < now - MAX_AGE - MAX_CLOCK_SKEW
            ):
                self._answers.popitem(last=False)
            if signature in self._answers:
                return self._answers[signature][1]
        # Outside of the lock, since scoring takes milliseconds: of two equal requests at the same moment both are
        # answered.
        reply = answer()
        if reply.status < 300:
            with self._lock:
                self._answers[signature] = now, reply
        return reply

    def _oldest(self) -> datetime:
        """Return the time of the oldest answer."""
        return next(iter(self._answers.values()))[0]
