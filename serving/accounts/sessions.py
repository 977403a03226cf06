"""Who is there? People sign in with a password and get a session; a session's token says who asks, until it ends.

Lives here: signing in and out, whose a token is, when a session ends, the slow-down on bad passwords, changing one's
own password. Does not live here: hashing (``passwords``), where people and sessions lie
(``serving.store.repositories.users``), cookies and pages (``serving.desk``).

Bad passwords are slowed, never locked: a stranger who tries Anna's name makes strangers wait, not Anna. A browser in
which she signed in before carries a mark that only her own password's hash could have made (OWASP calls it a device
cookie), and its tries are counted apart from everybody else's."""

import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from serving.accounts.passwords import Passwords, check_password_strength
from serving.errors import UserError, RequestError, StoreUnavailable
from serving.http.rate_limits import RetryDelays
from serving.store.database.entities import User, Session
from serving.store.store import Store

__all__ = ["MAX_SESSION", "ROLES", "UserSessions", "NewSession", "SignedInUser", "check_user_name", "check_display_name"]

log = logging.getLogger("leadlight.people")

ROLES = ("desk", "manager", "admin")
"""What a person may be. Each may do what the one before it may."""

MAX_SESSION = timedelta(hours=12)
_SEEN_EVERY = timedelta(minutes=1)
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_SHOWN = re.compile(r"[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]{1,60}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class SignedInUser:
    """Who asks for a page.

    Parameters
    ----------
    person_id : str
        For the audit and for who has a lead.
    shown_name : str
        For the page.
    role : str
        One of ``ROLES``.
    csrf : str
        What every form must carry as ``csrf``.
    must_change : bool
        Whether another password must be chosen before anything else is shown.
    """

    person_id: str
    shown_name: str
    role: str
    csrf: str = field(repr=False)
    must_change: bool = False


@dataclass(frozen=True)
class NewSession:
    """What a browser keeps: the session's token, and the mark by which it is known at the next sign-in."""

    token: str = field(repr=False)
    mark: str = field(repr=False)


class UserSessions:
    """Signs people in and out. Everything here may wait for a disk or compute for long: call it away from the event
    loop.

    Parameters
    ----------
    store : Store
    idle_minutes : int
        A session ends when nothing was asked for so long.
    passwords : Passwords, optional
    clock : callable, optional
        Seconds, never running backwards, for the waits between bad passwords. Sessions go by the store's clock.
    """

    def __init__(
        self,
        store: Store,
        idle_minutes: int = 30,
        passwords: Passwords | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._idle, self._passwords = store, timedelta(minutes=idle_minutes), passwords or Passwords()
        self._of_name, self._of_name_here = RetryDelays(20, 60, clock), RetryDelays(4, 900, clock)
        self._of_client, self._of_mark = RetryDelays(30, 60, clock), RetryDelays(4, 900, clock)

    def sign_in(
        self, name: str, password: str, client: str, marks: Sequence[str] = (), old_token: str = ""
    ) -> NewSession:
        """A new session for the person of this name.

        Parameters
        ----------
        client : str
            The client's address.
        marks : sequence of str
            What ``SignedIn.mark`` gave this browser earlier, for whomever: people share a computer.
        old_token : str
            Of a session that this browser still has; it ends.

        Raises
        ------
        RequestError
            401 when name and password do not belong together (the same for a name that nobody has, in the same time),
            429 when it is too early for another try.
        StoreError
        """
        name = name.strip().casefold()[:40]
        with self._store.reading() as at:
            person = at.users.find(name) if _NAME.fullmatch(name) else None
        mark = None if person is None else next((one for one in marks if _is_mark(one, person)), None)
        tries = self._tries(name, client, mark)
        _may_try(tries)
        fitting = self._passwords.matches(password, None if person is None else person.password_hash)
        if person is None or not fitting or person.disabled_at is not None:
            with self._store.transaction("sign-in") as at:
                at.sessions.record_refused_sign_in(None if person is None else person.person_id)
            raise _refused()
        for waits, key in tries:
            waits.forgive(key)
        return self._begun(person, password, mark, old_token)

    def find_user(self, token: str, by_itself: bool = False) -> SignedInUser | None:
        """Whose a token is; None when the session is over, or there was none. StoreError when the store cannot say.

        Parameters
        ----------
        by_itself : bool
            Whether a page asks without anybody there: that does not keep a session alive.
        """
        if not _TOKEN.fullmatch(token):
            return None
        told = _sum(token)
        with self._store.reading() as at:
            found, now = at.sessions.find(told), at.now
        if found is None or not self._live(*found, now):
            return None
        session, person = found
        if not by_itself and now - session.last_seen_at >= _SEEN_EVERY:
            self._keep_seen(told)
        return SignedInUser(person.person_id, person.shown_name, person.role, session.csrf, person.must_change)

    def sign_out(self, visitor: SignedInUser, token: str) -> None:
        """End the session. StoreError when the store cannot write."""
        with self._store.transaction(visitor.person_id) as at:
            at.sessions.end(_sum(token))

    def change_password(self, visitor: SignedInUser, current: str, new: str, client: str) -> NewSession:
        """Give oneself another password: every session of the person ends, and a new one begins here.

        Raises
        ------
        PeopleError
            If the current password is another one, or the new one is not good.
        RequestError
            429 when it is too early for another try.
        StoreError
        """
        tries = ((self._of_name_here, f"{visitor.person_id} {client}"),)
        _may_try(tries)
        with self._store.reading() as at:
            person = at.users.find(visitor.person_id)
        if person is None or not self._passwords.matches(current, person.password_hash):
            raise UserError("password: the current password is another one. Look at it and try again.")
        for waits, key in tries:
            waits.forgive(key)
        if new == current:
            raise UserError("password: the new password is the current one. Choose another.")
        check_password_strength(new, person.person_id, person.shown_name)
        with self._store.transaction(visitor.person_id) as at:
            at.users.set_password(person.person_id, self._passwords.hash(new))
            person = at.users.find(person.person_id)
        return self._begun(person, new)

    def _tries(self, name: str, client: str, mark: str | None) -> tuple[tuple[RetryDelays, str], ...]:
        """What a try is counted under: the mark of a browser that the person used before, or name and address for
        everybody else.
        """
        if mark is not None:
            return ((self._of_mark, mark),)
        return (self._of_name_here, f"{name} {client}"), (self._of_name, name), (self._of_client, client)

    def _begun(self, person: User, password: str, mark: str | None = None, old_token: str = "") -> NewSession:
        """A session that begins now; its token was in no browser before."""
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        fresh = self._passwords.hash(password) if self._passwords.needs_rehash(person.password_hash) else None
        with self._store.transaction(person.person_id) as at:
            now = at.users.find(person.person_id)
            if (
                now is None or now.disabled_at is not None or now.password_hash != person.password_hash
            ):  # changed while this password was compared
                raise _refused()
            if fresh is not None:
                at.users.rehash(person.person_id, fresh)
                person, mark = at.users.find(person.person_id), None
            if _TOKEN.fullmatch(old_token):
                at.sessions.end(_sum(old_token))
            at.sessions.start(person.person_id, _sum(token), csrf, at.now + MAX_SESSION)
        return NewSession(token, mark or _made_mark(person))

    def _live(self, session: Session, person: User, now: datetime) -> bool:
        return person.disabled_at is None and now < session.ends_at and now - session.last_seen_at < self._idle

    def _keep_seen(self, told: str) -> None:
        """Keep that somebody is there; a page is shown all the same when that cannot be written, and the session only
        ends earlier.
        """
        try:
            with self._store.transaction() as at:
                at.sessions.touch(told)
        except StoreUnavailable as fault:
            log.warning("a session's last sign of life could not be kept: %s", fault)


def check_user_name(name: str) -> None:
    """Refuse a name to sign in with that logs and audits could not carry as it is.

    Raises
    ------
    PeopleError

    >>> check_user_name("anna.b")
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            "user: the name has another form than expected: 2 to 40 small letters, digits, dots and dashes, beginning with a letter, such as anna. Choose such a name."
        )


def check_display_name(shown_name: str) -> None:
    """Refuse a shown name that a page cannot show: PeopleError."""
    if not _SHOWN.fullmatch(shown_name) or not shown_name.strip():
        raise UserError(
            "user: --shown-name has another form than expected: up to 60 letters on one line, such as 'Anna B.'. Choose such a name."
        )


def _may_try(tries: tuple[tuple[RetryDelays, str], ...]) -> None:
    """Count a try under each of its keys, or refuse it when one of them must wait: RequestError with status 429."""
    if wait := max(waits.seconds(key) for waits, key in tries):
        words = f"There were several tries with another password. Wait {_spoken(wait)}, then try again."
        raise RequestError(429, "too_many_tries", words, retryable=True, retry_after=wait)
    for waits, key in tries:
        waits.begin(key)


def _refused() -> RequestError:
    return RequestError(
        401, "not_signed_in", "This name and this password do not belong together. Look at both and try again."
    )


def _spoken(seconds: int) -> str:
    """How long to wait, in words.

    >>> _spoken(1), _spoken(45), _spoken(240)
    ('1 second', '45 seconds', '4 minutes')
    """
    if seconds > 90:
        return f"{-(-seconds // 60)} minutes"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _sum(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _made_mark(person: User) -> str:
    """A mark for a browser in which this person signed in; a new password makes it worthless."""
    nonce = secrets.token_hex(16)
    return f"{nonce}.{_seal(nonce, person)}"


def _is_mark(mark: str, person: User) -> bool:
    nonce, _, seal = mark.partition(".")
    return re.fullmatch(r"[0-9a-f]{32}", nonce) is not None and hmac.compare_digest(
        seal.encode(errors="replace"), _seal(nonce, person).encode()
    )


def _seal(nonce: str, person: User) -> str:
    return hmac.new(person.password_hash.encode(), f"mark {person.person_id} {nonce}".encode(), "sha256").hexdigest()
