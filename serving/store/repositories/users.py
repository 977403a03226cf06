"""Who may sign in, and who is signed in now? People with their roles, and their sessions; neither a password nor a
token.

Lives here: adding and changing people, beginning and ending sessions, each audited; whatever takes a right away ends
the sessions that have it. Does not live here: passwords, how long a session lasts (``serving.accounts``), cookies and
pages (``serving.desk``)."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable
from serving.store.database.entities import User, Session
from serving.store.database.tables import people, sessions

__all__ = ["Users", "Sessions"]


class Sessions:
    """Sessions, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def start(self, person_id: str, token_sha256: str, csrf: str, ends_at: datetime) -> None:
        """Keep that a person signed in; sessions whose time is over go."""
        self._connection.execute(delete(sessions).where(sessions.c.ends_at <= self._now))
        times = {"begun_at": self._now, "last_seen_at": self._now, "ends_at": ends_at}
        self._connection.execute(
            insert(sessions), {"token_sha256": token_sha256, "person_id": person_id, "csrf": csrf} | times
        )
        self._audit.append("signed_in", person=person_id)

    def find(self, token_sha256: str) -> tuple[Session, User] | None:
        """The session of a token, and whose it is; None when there is none.

        Whether its time is over is for the caller to say.
        """
        both = select(sessions, people).join(people, people.c.person_id == sessions.c.person_id)
        row = self._connection.execute(both.where(sessions.c.token_sha256 == token_sha256)).first()
        return None if row is None else (_from_row(Session, row), _from_row(User, row))

    def touch(self, token_sha256: str) -> None:
        """Keep that somebody is still there."""
        self._connection.execute(
            update(sessions).where(sessions.c.token_sha256 == token_sha256).values(last_seen_at=self._now)
        )

    def end(self, token_sha256: str) -> bool:
        """Sign one session out; whether there was one."""
        session_and_user = self.find(token_sha256)
        if session_and_user is not None:
            self._connection.execute(delete(sessions).where(sessions.c.token_sha256 == token_sha256))
            self._audit.append("signed_out", person=session_and_user[1].person_id)
        return session_and_user is not None

    def end_all_of(self, person_id: str) -> int:
        """Sign a person out everywhere; how many sessions there were."""
        return self._connection.execute(delete(sessions).where(sessions.c.person_id == person_id)).rowcount

    def end_all(self) -> int:
        """Sign everybody out; how many sessions there were."""
        return self._connection.execute(delete(sessions)).rowcount

    def record_refused_sign_in(self, person_id: str | None) -> None:
        """Keep that a sign-in was refused; None for a name that nobody has: what a stranger types is kept in no form,
        it may be a password.
        """
        self._audit.append("sign_in_refused", person=person_id or "unknown", known=person_id is not None)


class Users:
    """People, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, sessions_: Sessions) -> None:
        self._connection, self._now, self._audit, self._sessions = connection, now, audit, sessions_

    def add(self, person_id: str, shown_name: str, role: str, password_hash: str, must_change: bool = False) -> None:
        """Let somebody in from now on.

        Raises
        ------
        StoreRefused
            If the name is taken, also by somebody who was disabled: it stands in the audit and means one person.
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
                "store: there is somebody of this name already. Choose another name, or change that person: leadlight user --help."
            )
        self._connection.execute(insert(people), row | {"created_at": self._now})
        self._audit.append("person_added", person=person_id, role=role)

    def find(self, person_id: str) -> User | None:
        """The person of this name, disabled or not; None when there is none."""
        row = self._connection.execute(select(people).where(people.c.person_id == person_id)).first()
        return None if row is None else _from_row(User, row)

    def list_all(self) -> list[User]:
        """Everybody, disabled or not, by name."""
        return [_from_row(User, row) for row in self._connection.execute(select(people).order_by(people.c.person_id))]

    def set_password(self, person_id: str, password_hash: str, must_change: bool = False) -> None:
        """Give a person another password; they are signed out everywhere. StoreRefused when there is no such person."""
        self._change(person_id, "password_changed", True, password_hash=password_hash, must_change=must_change)

    def rehash(self, person_id: str, password_hash: str) -> None:
        """Keep the same password under newer parameters of argon2; nobody is signed out.

        StoreRefused when there is no such person.
        """
        self._change(person_id, "password_rehashed", False, password_hash=password_hash)

    def set_role(self, person_id: str, role: str) -> None:
        """Give a person another role; they are signed out everywhere. StoreRefused when there is no such person."""
        self._change(person_id, "role_changed", True, role=role)

    def disable(self, person_id: str) -> None:
        """Let a person in no longer; they are signed out everywhere. StoreRefused when there is no such person."""
        self._change(person_id, "person_disabled", True, disabled_at=self._now)

    def enable(self, person_id: str) -> None:
        """Let a person in again who was disabled. StoreRefused when there is no such person."""
        self._change(person_id, "person_enabled", True, disabled_at=None)

    def _change(self, person_id: str, action: str, sign_out: bool, **values: Any) -> None:
        """Change one person, and end their sessions where that takes a right away."""
        if (
            self._connection.execute(update(people).where(people.c.person_id == person_id).values(**values)).rowcount
            == 0
        ):
            raise StoreRefused("store: there is nobody of this name. See who there is: leadlight user list.")
        ended = self._sessions.end_all_of(person_id) if sign_out else None
        self._audit.append(action, person=person_id, role=values.get("role"), sessions_ended=ended)


def _from_row(kind: Any, row: Row) -> Any:
    """A row's columns as a plain value of this kind."""
    return kind(**{column.name: getattr(row, column.name) for column in fields(kind)})
