"""Who changed what, who looked at whom, when, and was any line of that changed since? A chain of hashes, one line for
each write, in the write's own transaction, and one for each read of a patient's record.

Lives here: appending a line, reading the lines back as a chain.
Does not live here: what is written (``repositories``), when a read is written (``serving.store.read_trail``), the
triggers that prevent a change in the first place (``migrations``), following a chain of hashes
(``features.logs.hash_chain``).

A line holds ids hashed with the installation's key, numbers and names of our own columns: never a value, never the name
of a custom column. So it can stay when a person is forgotten. The chain shows a line that was changed, removed or
inserted. Lines cut off at the end show only in comparison with a hash noted elsewhere (``leadlight verify-audit
--head``) or a backup.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select

from features.logs.hash_chain import FIRST_HASH, ChainLine, ChainVerification, hash_line, verify_chain
from features.logs.installation_key import IdHasher, hash_without_key
from features.logs.prediction_log import to_log_id
from serving.store.database.column_types import format_utc, to_json
from serving.store.database.entities import AuditRow
from serving.store.database.tables import audit

__all__ = ["READ_ACTIONS", "AuditLog", "RecordRead", "read_last_moment", "verify_audit_chain"]

_ROWS_AT_ONCE = 5_000

_LIST_READS = ("searched", "exported")
READ_ACTIONS = ("read", "listed", *_LIST_READS)
"""Actions of lines about reads: they change nothing, so no list has to be read again because of them."""


@dataclass(frozen=True)
class RecordRead:
    """Somebody saw what is known of one lead or of several; never what was searched for.

    Parameters
    ----------
    reader : str
        An id of a key or of a user.
    action : str
        One of ``READ_ACTIONS``.
    page : str
        Where it was shown: ``desk``, ``api``.
    lead_ids : tuple of str
        Who was shown; a search may find nobody.
    list_name : str
        Which list was looked at, for ``listed``.
    """

    reader: str
    action: str
    page: str
    lead_ids: tuple[str, ...]
    list_name: str = ""


class AuditLog:
    """The audit, inside one transaction.

    Parameters
    ----------
    connection : Connection
        Of a transaction that alone may write, so that two lines never follow the same one.
    now : datetime
    actor : str
        Who asks for the write: an id of a key or of a user; hashed when it could name somebody outside.
    hasher : IdHasher
        With the installation's key.
    """

    def __init__(self, connection: Connection, now: datetime, actor: str, hasher: IdHasher) -> None:
        self._connection, self._now, self._actor, self._hasher = connection, now, to_log_id(actor), hasher
        # Cached once a line was written: nobody else writes before this transaction ends.
        self._end: tuple[int, str] | None = None

    def append(self, action: str, lead_id: str | None = None, **detail: Any) -> None:
        """Append a line about a write.

        ``detail``: numbers, ids, names of our columns; a text that could be a person's is hashed.
        """
        self._append(self._actor, action, lead_id, detail)

    def append_read(self, read: RecordRead, seconds_ago: int | None) -> None:
        """Append a line about a read: one lead is named as everywhere, of several there is one line with all of them.

        Of a list that was looked at, the line has its name and how many leads it showed, not which: a desk looks at
        fifty leads many times an hour.

        ``seconds_ago``: how long before this line they were shown; None for just now.
        """
        detail: dict[str, Any] = {"page": read.page, "seconds_ago": seconds_ago}
        if read.action == "listed":
            detail |= {"list": read.list_name, "count": len(read.lead_ids)}
            self._append(to_log_id(read.reader), read.action, None, detail)
            return
        if read.action not in _LIST_READS:
            for lead_id in read.lead_ids:
                self._append(to_log_id(read.reader), read.action, lead_id, detail)
            return
        detail |= {
            "count": len(read.lead_ids),
            "leads": [_list_mark(self.hash_id(lead_id)) for lead_id in read.lead_ids],
        }
        self._append(to_log_id(read.reader), read.action, None, detail)

    def _append(self, actor: str, action: str, lead_id: str | None, detail: dict[str, Any]) -> None:
        last, previous = self._end or self._read_end()
        row = {
            "seq": last + 1,
            "at": self._now,
            "actor": actor,
            "action": action,
            "lead_hash": None if lead_id is None else self.hash_id(lead_id),
            "detail": to_json({name: _plain_detail(value) for name, value in detail.items() if value is not None}),
            "previous_hash": previous,
        }
        row["row_hash"] = _hash_line(previous, row)
        self._connection.execute(insert(audit), row)
        self._end = last + 1, row["row_hash"]

    def hash_id(self, lead_id: str) -> str:
        """Return the hash by which the audit names a lead: nobody can test an id against it without the key."""
        return self._hasher.hash(lead_id)

    def list_hashes(self, lead_id: str) -> tuple[str, str]:
        """Return the hashes of one lead: as the audit names it now, and as it did before there was a key."""
        return self.hash_id(lead_id), hash_without_key(lead_id)

    def count_unkeyed(self, lead_id: str) -> int:
        """Count the lines that name a lead by a hash without a key; no line of the chain can be changed."""
        query = select(func.count()).where(audit.c.lead_hash == hash_without_key(lead_id))
        return self._connection.scalar(query) or 0

    def list_rows(self, lead_id: str | None = None) -> list[AuditRow]:
        """Return every line, or every line about one lead, oldest first; searches and exports that showed it, too."""
        query = select(audit)
        if lead_id is not None:
            hashes = self.list_hashes(lead_id)
            has_mark = or_(*(audit.c.detail.contains(_list_mark(hashed)) for hashed in hashes))
            was_listed = and_(audit.c.action.in_(_LIST_READS), has_mark)
            query = query.where(or_(audit.c.lead_hash.in_(hashes), was_listed))
        return [_to_audit_row(line) for line in self._connection.execute(query.order_by(audit.c.seq))]

    def list_reads(self, lead_id: str, limit: int) -> list[AuditRow]:
        """Return the last times that one lead's record was opened, the newest first; quick, for a page."""
        is_read = and_(audit.c.lead_hash.in_(self.list_hashes(lead_id)), audit.c.action == "read")
        query = select(audit).where(is_read).order_by(audit.c.seq.desc()).limit(limit)
        return [_to_audit_row(line) for line in self._connection.execute(query)]

    def _read_end(self) -> tuple[int, str]:
        """Read number and hash of the last line."""
        last = self._connection.execute(
            select(audit.c.seq, audit.c.row_hash).order_by(audit.c.seq.desc()).limit(1)
        ).first()
        return (0, FIRST_HASH) if last is None else (last.seq, last.row_hash)


def read_last_moment(connection: Connection) -> datetime | None:
    """Return when the last line was written; None for an audit without one."""
    return connection.scalar(select(audit.c.at).order_by(audit.c.seq.desc()).limit(1))


def _list_mark(lead_hash: str) -> str:
    """Return how a line about several leads names one: a letter first, so that no mark looks like a phone number."""
    return f"h{lead_hash[:16]}"


def _to_audit_row(line: Row) -> AuditRow:
    return AuditRow(line.seq, line.at, line.actor, line.action, line.lead_hash, json.loads(line.detail), line.row_hash)


def verify_audit_chain(connection: Connection, head: str | None = None) -> ChainVerification:
    """Verify the chain from its first line. ``head``: a hash noted earlier, which must still be in it."""
    return verify_chain(map(_to_chain_line, _iterate_lines(connection)), head)


def _iterate_lines(connection: Connection) -> Iterator[Row]:
    """Yield every line in order, read in batches."""
    in_order = select(audit).order_by(audit.c.seq).limit(_ROWS_AT_ONCE)
    lines = connection.execute(in_order).all()
    while lines:
        yield from lines
        lines = connection.execute(in_order.where(audit.c.seq > lines[-1].seq)).all()


def _to_chain_line(line: Row) -> ChainLine:
    """Return a line with its links, and what differs from when it was written."""
    try:
        is_intact = _hash_line(line.previous_hash, line._mapping) == line.row_hash
        fault = None if is_intact else "its content differs from when it was written"
    except (TypeError, ValueError, AttributeError):
        fault = "it cannot be read"
    return ChainLine(line.seq, line.previous_hash, line.row_hash, fault)


def _hash_line(previous: str, row: Any) -> str:
    """Return the hash of a line: of the one before it and of all its fields."""
    fields = [row["seq"], format_utc(row["at"]), row["actor"], row["action"], row["lead_hash"], row["detail"]]
    return hash_line(f"{previous}\n{to_json(fields)}")


def _plain_detail(value: Any) -> Any:
    """Return a number as it is, a text as the prediction log would keep an id, a list item by item."""
    if isinstance(value, list | tuple):
        return [_plain_detail(item) for item in value]
    return value if isinstance(value, bool | int | float) else to_log_id(str(value))
