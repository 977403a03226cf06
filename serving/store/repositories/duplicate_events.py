"""Were we told this event or outcome before? A retry is not counted twice, a new statement is never dropped.

Lives here: what makes two statements the same one; the id of something from a practice's files, which has none. Does
not live here: retries known by their key (``idempotency_keys``), storing (``events_and_outcomes``).

A sender's id stands for one content. Without an id the content decides; where not even a time was sent, so does the
moment of arrival: a stage that comes again after another stage is a new outcome.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from serving.errors import Fault, IdConflict

__all__ = [
    "RETRY_WINDOW",
    "KnownEvents",
    "has_known_id",
    "is_content_id",
    "is_repeated_outcome",
    "make_content_id",
]

RETRY_WINDOW = timedelta(minutes=10)
"""How long an equal statement without id, key and time counts as a retry."""

_NOT_CONTENT = frozenset({"seq", "lead_id", "recorded_at", "event_id", "outcome_id"})
_CONTENT_PREFIX = "own:"
_OUR_WORDS = ("kind", "stage", "reason")
"""Columns with words of ours, which an error may name; the others are only said to differ."""

Row = Mapping[str, Any]


class KnownEvents:
    """A lead's events by id and time, for telling which of many sent ones are new.

    Parameters
    ----------
    stored : iterable of mapping
        Rows of the events table: all with an id or a time that was sent, and all of the last ``RETRY_WINDOW``.
    """

    def __init__(self, stored: Iterable[Row]) -> None:
        self._by_id: dict[str, Row] = {}
        self._by_time: dict[datetime, list[Row]] = {}
        self._arrived: list[Row] = []
        for row in stored:
            self._keep(row)

    def add(self, sent: Row, has_own_time: bool) -> bool:
        """Add an event and return whether it is new; IdConflict when its id stands for another one."""
        if sent["event_id"] is not None:
            is_new = not has_known_id(sent, self._by_id, "event_id", has_own_time)
        else:
            # Without an id and a time, only what came without a time can have been said before: a call at 9:00 that
            # is on record says nothing about one whose time was not sent.
            alike = self._by_time.get(sent["occurred_at"], []) if has_own_time else self._arrived
            is_new = not any(
                _is_equal(sent, earlier) and (has_own_time or _is_retry(sent, earlier)) for earlier in alike
            )
        if is_new:
            self._keep(sent)
        return is_new

    def _keep(self, row: Row) -> None:
        if row["event_id"] is not None:
            self._by_id[row["event_id"]] = row
        if _is_without_id(row, "event_id"):
            self._by_time.setdefault(row["occurred_at"], []).append(row)
            if _arrived(row):
                self._arrived.append(row)


def has_known_id(sent: Row, known: Mapping[str, Row], id_column: str, has_own_time: bool) -> bool:
    """Whether an id is known with the same content; a time left out contradicts none.

    Raises
    ------
    IdConflict
        If the id stands for other content.

    >>> has_known_id({"outcome_id": "7", "stage": "lost"}, {"7": {"stage": "lost"}}, "outcome_id", True)
    True
    """
    stored = known.get(sent[id_column])
    if stored is None:
        return False
    compared = [name for name in _list_content(sent) if has_own_time or name != "occurred_at"]
    differing = [name for name in compared if sent[name] != stored[name]]
    if not differing:
        return True
    named = [name for name in _OUR_WORDS if name in sent]
    others = [name for name in differing if name not in named]
    versions = f"stands for {_name_version(stored, named)}, and was now sent with {_name_version(sent, named)}"
    also = f" and another {', another '.join(others)}" if others else ""
    faults = tuple(
        Fault(name, str(sent[name] or "nothing"), f"{stored[name] or 'nothing'}, as stored")
        if name in named
        else Fault(name, "another value", "the stored one")
        for name in differing
    )
    raise IdConflict(f"store: this {id_column} {versions}{also}. Send a new {id_column} for something new.", faults)


def is_repeated_outcome(sent: Row, stored: Sequence[Row], has_own_time: bool) -> bool:
    """Whether an outcome without an id says what stands already; ``stored``: the lead's outcomes as they were recorded.

    With a time of its own it repeats an equal one of that time, unless another stage of the same time came in between:
    dates without a time of day are booked, lost and booked again within one. Without a time it repeats the lead's
    newest outcome, when that is equal and arrived within ``RETRY_WINDOW``.
    """
    if has_own_time:
        same_time = [earlier for earlier in stored if earlier["occurred_at"] == sent["occurred_at"]]
        same_stage = _take_last_of_stage(same_time, sent["stage"])
        return any(_is_without_id(earlier, "outcome_id") and _is_equal(sent, earlier) for earlier in same_stage)
    past = [earlier for earlier in stored if earlier["occurred_at"] <= sent["occurred_at"] or _arrived(earlier)]
    newest = max(past, key=lambda earlier: earlier["occurred_at"], default=None)
    last = [earlier for earlier in past if newest is not None and earlier["occurred_at"] == newest["occurred_at"]][-1:]
    return any(
        _is_without_id(earlier, "outcome_id") and _is_equal(sent, earlier) and _is_retry(sent, earlier)
        for earlier in last
    )


def _take_last_of_stage(rows: Sequence[Row], stage: str) -> Sequence[Row]:
    """Return the rows after the last one of another stage."""
    others = [position for position, row in enumerate(rows) if row["stage"] != stage]
    return rows[others[-1] + 1 :] if others else rows


def _is_equal(sent: Row, stored: Row) -> bool:
    """Whether two rows say the same, apart from when."""
    return all(sent[name] == stored[name] for name in _list_content(sent) if name != "occurred_at")


def _list_content(row: Row) -> list[str]:
    """Return the columns that make a statement what it is.

    Who set an outcome, and by which channel and source a touch came, are none of them: a practice may begin to export
    such a column, and what it told before stays what it is.
    """
    left_out = _NOT_CONTENT | ({"staff_id"} if "stage" in row else {"channel", "source"})
    return [name for name in row if name not in left_out]


def _is_without_id(row: Row, id_column: str) -> bool:
    """Whether the sender gave no id."""
    return row[id_column] is None or is_content_id(row[id_column])


def _arrived(row: Row) -> bool:
    """Whether the time of arrival stands for a time that was not sent."""
    return row["occurred_at"] == row["recorded_at"]


def _is_retry(sent: Row, stored: Row) -> bool:
    """Whether a stored row without a time of its own arrived a short while ago."""
    return _arrived(stored) and stored["recorded_at"] >= sent["recorded_at"] - RETRY_WINDOW


def _name_version(row: Row, names: Sequence[str]) -> str:
    """Name a version by our own words in it."""
    return ", ".join(f"{name} {row[name]}" for name in names if row[name] is not None)


def make_content_id(*parts: str) -> str:
    """Return an id made of the content.

    >>> make_content_id("2026-03-05 14:00", "inbound_call") == make_content_id("2026-03-05 14:00", "inbound_call")
    True
    """
    return _CONTENT_PREFIX + sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:24]


def is_content_id(text: str) -> bool:
    """Whether an id was made of content.

    >>> is_content_id(make_content_id("booked")), is_content_id("hubspot-77")
    (True, False)
    """
    return text.startswith(_CONTENT_PREFIX)
