"""What does the store keep of the people who sign in? Plain values: users, their sessions, their absences.

Lives here: one dataclass for each. Does not live here: how they are stored (``tables``), leads (``entities``), signing
in (``serving.accounts``).
"""

from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Session", "User"]


@dataclass(frozen=True)
class User:
    """Somebody who may sign in.

    Parameters
    ----------
    person_id : str
        The name for signing in; it appears in the audit, so it is never given to another person.
    shown_name : str
        The name that the pages show.
    role : str
        desk, manager or admin.
    password_hash : str
        As argon2 writes it, with its parameters and its salt.
    created_at : datetime
    disabled_at : datetime or None
        From when they may no longer sign in.
    must_change : bool
        Whether they must choose another password first: somebody else knows this one.
    language : str
        In which the pages are shown to them, such as "es".
    """

    person_id: str
    shown_name: str
    role: str
    password_hash: str = field(repr=False)
    created_at: datetime
    disabled_at: datetime | None = None
    must_change: bool = False
    language: str = "en"


@dataclass(frozen=True)
class Session:
    """One sign-in of a user, from start to end.

    The browser has its token; the store has only the token's sha256.
    """

    token_sha256: str = field(repr=False)
    person_id: str
    csrf: str = field(repr=False)
    begun_at: datetime
    last_seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Absence:
    """Somebody of the desk is away; from ``starts_at`` (inclusive) to ``ends_at`` (exclusive)."""

    person: str
    starts_at: datetime
    ends_at: datetime
    set_by: str
