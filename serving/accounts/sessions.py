"""Who is signed in? Users sign in with a password and get a session, whose token identifies them until it ends.

Lives here: signing in and out, finding the user of a token, the end of a session, delays after wrong passwords,
changing one's own password. Does not live here: hashing (``password_hashing``), storing users and sessions
(``serving.store.repositories.users``), cookies and pages (``serving.desk.routes``).

Wrong passwords cause delays, never a lockout: a stranger who tries Anna's name makes strangers wait, not Anna. A
browser in which she signed in before has a mark that only her password's hash can have made (OWASP calls it a device
cookie), and its attempts are counted separately."""

import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from serving.accounts.password_hashing import Passwords, check_password_strength
from serving.errors import RequestError, StoreUnavailable, UserError
from serving.http.rate_limits import RetryDelays
from serving.store.database.user_entities import Session, User
from serving.store.database.write_deadlines import limit_waiting
from serving.store.store import Store

__all__ = [
    "MAX_SESSION",
    "UserSessions",
    "NewSession",
    "SignedInUser",
    "check_user_name",
    "check_display_name",
]

log = logging.getLogger("leadlight.people")

MAX_SESSION = timedelta(hours=12)
_TOUCH_EVERY = timedelta(minutes=1)
_TOUCH_SECONDS = 0.2
"""How long a page waits to record its session's activity; a later page tries again."""

_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_DISPLAY_NAME = re.compile(r"[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,60}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class SignedInUser:
    """The user who sent a request.

    Parameters
    ----------
    person_id : str
        For the audit, and for the leads that the user has.
    shown_name : str
        Name shown on pages.
    role : str
        One of ``ROLES``.
    csrf : str
        Token that every form must carry as ``csrf``.
    must_change : bool
        Whether the user must choose another password first.
    language : str
        In which pages are shown to them.
    """

    person_id: str
    shown_name: str
    role: str
    csrf: str = field(repr=False)
    must_change: bool = False
    language: str = "en"


@dataclass(frozen=True)
class NewSession:
    """What a browser stores: the session's token, and the mark that identifies it at the next sign-in."""

    token: str = field(repr=False)
    mark: str = field(repr=False)


class UserSessions:
    """Signs users in and out. Everything here may wait for a disk or compute for long: call it off the event loop.

    Parameters
    ----------
    store : Store
    idle_minutes : int
        A session ends after so long without a request.
    passwords : Passwords, optional
    clock : callable, optional
        Seconds, never running backwards, for the delays after wrong passwords. Sessions use the store's clock.
    """

    def __init__(
        self,
        store: Store,
        idle_minutes: int = 30,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._idle, self._passwords = store, timedelta(minutes=idle_minutes), passwords or Passwords()
        self._by_name, self._by_name_and_client = RetryDelays(20, 60, clock), RetryDelays(4, 900, clock)
        self._by_client, self._by_mark = RetryDelays(30, 60, clock), RetryDelays(4, 900, clock)

    def sign_in(
        self, name: str, password: str, client: str, marks: Sequence[str] = (), old_token: str = ""
    ) -> NewSession:
        """Sign a user in and return the new session.

        Parameters
        ----------
        client : str
            The client's IP address.
        marks : sequence of str
            Every ``NewSession.mark`` that this browser got earlier, of any user: people share a computer.
        old_token : str
            Token of a session that this browser still has; it ends.

        Raises
        ------
        RequestError
            401 for a wrong name or password (the same answer in the same time for an unknown name), 429 if it is too
            early for another attempt.
        StoreError
        """
        name = name.strip().casefold()[:40]
        with self._store.reading() as at:
            person = at.users.find(name) if _NAME.fullmatch(name) else None
        mark = None if person is None else next((mark for mark in marks if _is_mark_of(mark, person)), None)
        counters = self._select_counters(name, client, mark)
        _count_attempt(counters)
        # An unknown name is compared with a dummy hash: its answer takes as long as that to a known one.
        is_right = self._passwords.matches(password, None if person is None else person.password_hash)
        if person is None or not is_right or person.disabled_at is not None:
            with self._store.transaction("sign-in") as at:
                at.sessions.record_refused_sign_in(None if person is None else person.person_id)
            raise _wrong_password()
        for delays, key in counters:
            delays.reset(key)
        return self._start(person, password, mark, old_token)

    def find_user(self, token: str, by_itself: bool = False) -> SignedInUser | None:
        """Return the user of a token, None if the session is over or unknown. StoreError if the store is unavailable.

        Parameters
        ----------
        by_itself : bool
            Whether the page sent the request without a user: that does not keep a session alive.
        """
        if not _TOKEN.fullmatch(token):
            return None
        token_hash = _hash_token(token)
        with self._store.reading() as at:
            match, now = at.sessions.find(token_hash), at.now
        if match is None or not self._is_active(*match, now):
            return None
        session, person = match
        # Not at every request: each write of the session would wait for the disk.
        if not by_itself and now - session.last_seen_at >= _TOUCH_EVERY:
            self._touch(token_hash)
        return SignedInUser(
            person.person_id, person.shown_name, person.role, session.csrf, person.must_change, person.language
        )

    def sign_out(self, user: SignedInUser, token: str) -> None:
        """End the session. StoreError if the store cannot write."""
        with self._store.transaction(user.person_id) as at:
            at.sessions.end(_hash_token(token))

    def change_language(self, user: SignedInUser, language: str) -> None:
        """Change in which language a user reads the pages. StoreError if the store cannot write."""
        with self._store.transaction(user.person_id) as at:
            at.users.set_language(user.person_id, language)

    def change_password(self, user: SignedInUser, current: str, new: str, client: str) -> NewSession:
        """Change the user's own password: every session of the user ends, and a new one starts.

        Raises
        ------
        UserError
            If the current password is wrong, or the new one is not accepted.
        RequestError
            429 if it is too early for another attempt.
        StoreError
        """
        counters = ((self._by_name_and_client, f"{user.person_id} {client}"),)
        _count_attempt(counters)
        with self._store.reading() as at:
            person = at.users.find(user.person_id)
        if person is None or not self._passwords.matches(current, person.password_hash):
            raise UserError("password: the current password is wrong. Try again.")
        for delays, key in counters:
            delays.reset(key)
        if new == current:
            raise UserError("password: the new password is the same as the current one. Choose another.")
        check_password_strength(new, person.person_id, person.shown_name)
        with self._store.transaction(user.person_id) as at:
            at.users.set_password(person.person_id, self._passwords.hash(new))
            changed = at.users.find(person.person_id)
        assert changed is not None, "the password was set in this transaction"
        return self._start(changed, new)

    def _select_counters(self, name: str, client: str, mark: str | None) -> tuple[tuple[RetryDelays, str], ...]:
        """Select what counts an attempt: the mark of a browser that the user has used, or else name and address."""
        if mark is not None:
            return ((self._by_mark, mark),)
        return (self._by_name_and_client, f"{name} {client}"), (self._by_name, name), (self._by_client, client)

    def _start(self, person: User, password: str, mark: str | None = None, old_token: str = "") -> NewSession:
        """Start a session with a token that no browser has had before."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        new_hash = self._passwords.hash(password) if self._passwords.needs_rehash(person.password_hash) else None
        with self._store.transaction(person.person_id) as at:
            current = at.users.find(person.person_id)
            # The user may have been changed while the password was compared, which takes a while.
            if current is None or current.disabled_at is not None or current.password_hash != person.password_hash:
                raise _wrong_password()
            if new_hash is not None:
                at.users.rehash(person.person_id, new_hash)
                # The mark was made from the old hash and is worthless now.
                person, mark = at.users.find(person.person_id) or person, None
            if _TOKEN.fullmatch(old_token):
                at.sessions.end(_hash_token(old_token))
            at.sessions.start(person.person_id, _hash_token(token), csrf, at.now + MAX_SESSION)
        return NewSession(token, mark or _create_mark(person))

    def _is_active(self, session: Session, person: User, now: datetime) -> bool:
        return person.disabled_at is None and now < session.ends_at and now - session.last_seen_at < self._idle

    def _touch(self, token_hash: str) -> None:
        """Record the activity. If that cannot be written, the page is still shown and the session only ends earlier."""
        try:
            with limit_waiting(time.monotonic() + _TOUCH_SECONDS), self._store.transaction() as at:
                at.sessions.touch(token_hash)
        except StoreUnavailable as fault:
            log.warning("a session's activity could not be recorded: %s", fault)


def check_user_name(name: str) -> None:
    """Refuse an invalid username: logs and audits show it as it is.

    Raises
    ------
    UserError

    >>> check_user_name("anna.b")
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            "user: the name is not valid, expected 2 to 40 lowercase letters, digits, dots and dashes, starting with a "
            "letter, such as anna. Choose another name."
        )


def check_display_name(shown_name: str) -> None:
    """Refuse a display name that a page cannot show: UserError."""
    if not _DISPLAY_NAME.fullmatch(shown_name) or not shown_name.strip():
        raise UserError(
            "user: --shown-name is not valid, expected up to 60 characters on one line, such as 'Anna B.'. "
            "Choose another name."
        )


def _count_attempt(counters: tuple[tuple[RetryDelays, str], ...]) -> None:
    """Count an attempt under each key, or refuse it if one of them must wait: RequestError with status 429."""
    if wait := max(delays.seconds_left(key) for delays, key in counters):
        message = f"Too many attempts. Try again in {_format_wait(wait)}."
        raise RequestError(429, "too_many_tries", message, retryable=True, retry_after=wait)
    for delays, key in counters:
        delays.count_attempt(key)


def _wrong_password() -> RequestError:
    return RequestError(401, "not_signed_in", "Wrong username or password.")


def _format_wait(seconds: int) -> str:
    """Format how long to wait.

    >>> _format_wait(1), _format_wait(45), _format_wait(240)
    ('1 second', '45 seconds', '4 minutes')
    """
    if seconds > 90:
        return f"{-(-seconds // 60)} minutes"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _hash_token(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _create_mark(person: User) -> str:
    """Create a mark for a browser in which this user signed in; a new password makes it invalid."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_seal(nonce, person)}"


def _is_mark_of(mark: str, person: User) -> bool:
    nonce, _, seal = mark.partition(".")
    return re.fullmatch(r"[0-9a-f]{32}", nonce) is not None and hmac.compare_digest(
        seal.encode(errors="replace"), _seal(nonce, person).encode()
    )


def _seal(nonce: str, person: User) -> str:
    return hmac.new(person.password_hash.encode(), f"mark {person.person_id} {nonce}".encode(), "sha256").hexdigest()
