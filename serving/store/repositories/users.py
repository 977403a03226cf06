"""Who may sign in, who is signed in now, and who is away? Users with their roles, their sessions and absences; no
password and no token.

Lives here: adding and changing users, starting and ending sessions, each audited; whatever revokes a right ends the
sessions that have it; when people of the desk are away. Does not live here: passwords, how long a session lasts
(``serving.accounts``), cookies and pages (``serving.desk``).
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.tables import desk_absences, people, sessions
from serving.store.database.user_entities import Absence, Session, User

__all__ = ["Absences", "Users", "Sessions"]


class Sessions:
    """Sessions, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def start(self, person_id: str, token_sha256: str, csrf: str, ends_at: datetime) -> None:
        """Record that a user signed in; expired sessions are deleted."""
        # Every sign-in cleans up, so expired sessions need no job of their own.
        self._connection.execute(delete(sessions).where(sessions.c.ends_at <= self._now))
        times = {"begun_at": self._now, "last_seen_at": self._now, "ends_at": ends_at}
        self._connection.execute(
            insert(sessions), {"token_sha256": token_sha256, "person_id": person_id, "csrf": csrf} | times
        )
        self._audit.append("signed_in", person=person_id)

    def find(self, token_sha256: str) -> tuple[Session, User] | None:
        """Return the session of a token, and its user; None when there is none.

        Whether it has expired is for the caller to decide.
        """
        both = select(sessions, people).join(people, people.c.person_id == sessions.c.person_id)
        row = self._connection.execute(both.where(sessions.c.token_sha256 == token_sha256)).first()
        return None if row is None else (_from_row(Session, row), _from_row(User, row))

    def touch(self, token_sha256: str) -> None:
        """Record that the user is still active."""
        self._connection.execute(
            update(sessions).where(sessions.c.token_sha256 == token_sha256).values(last_seen_at=self._now)
        )

    def read_last_seen(self) -> dict[str, datetime]:
        """Return when each person with a session that has not ended was last active: person -> moment."""
        query = (
            select(sessions.c.person_id, func.max(sessions.c.last_seen_at))
            .where(sessions.c.ends_at > self._now)
            .group_by(sessions.c.person_id)
        )
        return {person: to_utc(moment) for person, moment in self._connection.execute(query)}

    def end(self, token_sha256: str) -> bool:
        """End one session, and return whether there was one."""
        session_and_user = self.find(token_sha256)
        if session_and_user is not None:
            self._connection.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256))
            self._audit.append("signed_out", person=session_and_user[1].person_id)
        return session_and_user is not None

    def end_all_of(self, person_id: str) -> int:
        """End every session of a user, and return how many there were."""
        return self._connection.execute(delete(sessions).where(sessions.c.person_id == person_id)).rowcount

    def end_all(self) -> int:
        """End every session, and return how many there were."""
        return self._connection.execute(delete(sessions)).rowcount

    def record_refused_sign_in(self, person_id: str | None) -> None:
        """Record that a sign-in was refused; None for an unknown name: what a stranger types is stored in no form, as
        it may be a password.
        """
        self._audit.append("sign_in_refused", person=person_id or "unknown", known=person_id is not None)


class Users:
    """Users, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, sessions_: Sessions) -> None:
        self._connection, self._now, self._audit, self._sessions = connection, now, audit, sessions_

    def add(self, person_id: str, shown_name: str, role: str, password_hash: str, must_change: bool = False) -> None:
        """Add a user, who may sign in from now on.

        Raises
        ------
        StoreRefused
            If the name is in use, also by a disabled user: it appears in the audit and means one person.
        """
        row = {
            "person_id": person_id,
            "shown_name": shown_name,
            "role": role,
            "password_hash": password_hash,
            "must_change": must_change,
        }
        require_storable("person", row)
        if self.find(person_id) is not None:
            raise StoreRefused(
                "store: there is a user of this name already. "
                "Choose another name, or change that user: leadlight user --help."
            )
        self._connection.execute(insert(people), row | {"created_at": self._now})
        self._audit.append("person_added", person=person_id, role=role)

    def find(self, person_id: str) -> User | None:
        """Return the user of this name, disabled or not; None when there is none."""
        row = self._connection.execute(select(people).where(people.c.person_id == person_id)).first()
        return None if row is None else _from_row(User, row)

    def list_all(self) -> list[User]:
        """Return all users, disabled or not, by name."""
        return [_from_row(User, row) for row in self._connection.execute(select(people).order_by(people.c.person_id))]

    def set_password(self, person_id: str, password_hash: str, must_change: bool = False) -> None:
        """Set a user's password and end their sessions. StoreRefused when there is no such user."""
        self._change(person_id, "password_changed", True, password_hash=password_hash, must_change=must_change)

    def rehash(self, person_id: str, password_hash: str) -> None:
        """Store the same password under newer parameters of argon2; the sessions go on.

        StoreRefused when there is no such user.
        """
        self._change(person_id, "password_rehashed", False, password_hash=password_hash)

    def set_role(self, person_id: str, role: str) -> None:
        """Set a user's role and end their sessions. StoreRefused when there is no such user."""
        self._change(person_id, "role_changed", True, role=role)

    def set_language(self, person_id: str, language: str) -> None:
        """Set in which language a user reads the pages. StoreRefused when there is no such user."""
        self._change(person_id, "language_changed", False, language=language)

    def disable(self, person_id: str) -> None:
        """Disable a user and end their sessions. StoreRefused when there is no such user."""
        self._change(person_id, "person_disabled", True, disabled_at=self._now)

    def enable(self, person_id: str) -> None:
        """Enable a disabled user again. StoreRefused when there is no such user."""
        self._change(person_id, "person_enabled", True, disabled_at=None)

    def _change(self, person_id: str, action: str, sign_out: bool, **values: Any) -> None:
        """Change one user, and end their sessions where that revokes a right."""
        if (
            self._connection.execute(update(people).where(people.c.person_id == person_id).values(**values)).rowcount
            == 0
        ):
            raise StoreRefused("store: there is no user of this name. List the users: leadlight user list.")
        ended = self._sessions.end_all_of(person_id) if sign_out else None
        self._audit.append(action, person=person_id, role=values.get("role"), sessions_ended=ended)


class Absences:
    """When people of the desk are away, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def list_current(self) -> list[Absence]:
        """Return the absences that are not over, the next first; who is away now among them."""
        query = select(desk_absences).where(desk_absences.c.ends_at > self._now).order_by(desk_absences.c.starts_at)
        return [_from_row(Absence, row) for row in self._connection.execute(query)]

    def list_away(self) -> frozenset[str]:
        """Return who is away now."""
        return frozenset(each.person for each in self.list_current() if each.starts_at <= self._now)

    def save(self, person: str, starts_at: datetime, ends_at: datetime, set_by: str) -> None:
        """Save an absence; one of the same person that begins at the same moment is replaced. Those that are over are
        deleted.
        """
        self.cancel(person, starts_at)
        self._connection.execute(delete(desk_absences).where(desk_absences.c.ends_at <= self._now))
        row = {"person": person, "starts_at": starts_at, "ends_at": ends_at, "set_by": set_by, "set_at": self._now}
        self._connection.execute(insert(desk_absences), row)
        self._audit.append("absence_set", person=person)

    def cancel(self, person: str, starts_at: datetime) -> bool:
        """Delete an absence, and return whether there was one."""
        same = (desk_absences.c.person == person) & (desk_absences.c.starts_at == starts_at)
        was_there = self._connection.execute(delete(desk_absences).where(same)).rowcount == 1
        if was_there:
            self._audit.append("absence_canceled", person=person)
        return was_there


def _from_row(kind: Any, row: Row) -> Any:
    """Convert a row's columns to a plain value of this kind."""
    return kind(**{column.name: getattr(row, column.name) for column in fields(kind)})
