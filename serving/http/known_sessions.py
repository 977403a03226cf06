"""Whose session is this cookie, as far as a moment ago? Tells people from strangers before the store is asked.

Lives here: remembering, for a minute, the cookies whose session a page has just checked.
Does not live here: whether a session is valid (``serving.accounts.sessions``); nobody gets a page because of this, only
a budget and a place of their own.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Any

__all__ = ["LOCAL_SESSION_COOKIE", "SESSION_COOKIE", "KnownSessions"]

SESSION_COOKIE, LOCAL_SESSION_COOKIE = "__Host-leadlight", "leadlight"
"""Over https, where ``__Host-`` binds the cookie to this host; and on this machine itself, where there may be none."""

_MAX_SESSIONS = 1_000
_SECONDS = 60.0


class KnownSessions:
    """The sessions that were valid a moment ago.

    Parameters
    ----------
    clock : callable
        Seconds, never running backwards.

    >>> known, scope = KnownSessions(lambda: 0.0), {"headers": [(b"cookie", b"a=b; leadlight=token")]}
    >>> known.find(scope), known.remember(scope, "anna"), known.find(scope), known.find({"headers": []})
    (None, None, 'anna', None)
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._people: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def find(self, scope: dict[str, Any]) -> str | None:
        """Return the person of a request's session; None for a stranger, or a session not seen for a minute."""
        for digest in _list_digests(scope):
            person_id, until = self._people.get(digest, ("", 0.0))
            if self._clock() < until:
                return person_id
        return None

    def remember(self, scope: dict[str, Any], person_id: str) -> None:
        """Remember that a request's session was found to be this person's."""
        for digest in _list_digests(scope):
            self._people.pop(digest, None)
            self._people[digest] = person_id, self._clock() + _SECONDS
        while len(self._people) > _MAX_SESSIONS:
            self._people.popitem(last=False)


def _list_digests(scope: dict[str, Any]) -> list[bytes]:
    """Return the hash of each session cookie of a request: tokens are kept nowhere."""
    digests = []
    for name, value in scope["headers"]:
        if name == b"cookie":
            for part in value.split(b";"):
                cookie, _, token = part.strip().partition(b"=")
                if cookie.decode("latin-1") in (SESSION_COOKIE, LOCAL_SESSION_COOKIE) and token:
                    digests.append(sha256(token).digest())
    return digests[:2]
