"""Has this very request been answered already? Answers by signature, for as long as a signature is fresh.

Lives here: the limits of freshness, remembering answers.
Does not live here: whether a signature is right (``signature``).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from serving.crm.ports import HookReply

__all__ = ["MAX_AGE", "MAX_CLOCK_SKEW", "ReplayCache"]

MAX_AGE = timedelta(minutes=5)
"""HubSpot's own limit."""

MAX_CLOCK_SKEW = timedelta(minutes=1)
"""How far HubSpot's clock may be before ours. A request from the future could otherwise be kept and sent later."""

_MOST_REMEMBERED = 10_000


class ReplayCache:
    """What was answered to each signature in the last minutes: the same request once more gets the same answer and has
    no effect.

    Kept in this process alone, and bounded; what slips through meets upserts, which have no second effect either.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[datetime, HookReply]] = OrderedDict()
        self._lock = threading.Lock()

    def answer_once(self, signature: str, now: datetime, answer: Callable[[], HookReply]) -> HookReply:
        """The answer given before, else a new one; one that failed is not kept, so that it can be tried again."""
        with self._lock:
            while self._answers and (
                len(self._answers) > _MOST_REMEMBERED or self._oldest() < now - MAX_AGE - MAX_CLOCK_SKEW
            ):
                self._answers.popitem(last=False)
            if signature in self._answers:
                return self._answers[signature][1]
        reply = answer()
        if reply.status < 300:
            with self._lock:
                self._answers[signature] = now, reply
        return reply

    def _oldest(self) -> datetime:
        """When the answer that was kept first was given."""
        return next(iter(self._answers.values()))[0]
