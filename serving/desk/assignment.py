"""Who gets this lead? The rule of practice.toml, applied when a lead arrives and again when its owner is away.

Lives here: the rule, and applying it to the store. Does not live here: the settings (``features.practice.desk_team``),
what an assignment does to a lead (``lead_state``), giving a lead to somebody by hand (``lead_actions``).

Nothing is remembered between two runs: whose turn it is, who has how many, and who is away is read from the store. So
any number of processes may run it: of two at once, the second finds that the store has changed and looks again.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from features.calendar.business_time import get_open_spans
from features.calendar.opening_hours import parse_opening_hours
from features.practice.desk_team import TeamMember
from features.practice.practice import Practice
from serving.desk.lead_state import apply_step, find_holder
from serving.desk.queue.catalog_names import OTHER
from serving.desk.queue.queue_board import QueueSnapshot
from serving.leads.message_language import detect_language
from serving.store.database.entities import DeskStep
from serving.store.repositories.queue_rows import QueueRow
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["RULE", "LeadAssigner", "TeamState", "choose_person", "count_open_leads", "count_waiting", "is_working"]

RULE = "rule:assignment"
"""Who assigns, where a rule does; no user can have a name with a colon."""

_MAX_ASSIGNED = 100
"""Leads given out in one transaction; the others follow seconds later."""
_MAX_TURNS = 1_000
"""The newest assignments from which is read whose turn it is."""
_TRIES = 3
_FIRST_LANES = ("urgent", "callback due")
"""Lanes whose leads are given out before any other."""
_NO_LISTS = ("spam", "apart")
"""Lists whose leads nobody should call."""


@dataclass(frozen=True)
class TeamState:
    """The team at one moment.

    Parameters
    ----------
    members : tuple of TeamMember
        Who works now: within their hours, not away, and allowed to sign in.
    open_counts : mapping
        Person -> their open leads; see ``count_open_leads``.
    last_turns : mapping
        Person -> number of the step by which they got their last lead; none for who never got one.
    """

    members: tuple[TeamMember, ...]
    open_counts: Mapping[str, int]
    last_turns: Mapping[str, int]


def choose_person(rule: str, state: TeamState, clinic: str, language: str, refused_by: str = "") -> str | None:
    """Return who gets a lead; None where nobody who works now can take it, so that it waits for somebody who can.

    Whoever speaks its language comes first, then the rule decides; the order of practice.toml where all else is equal.

    Parameters
    ----------
    clinic : str
        The clinic that the lead means, by its name in practice.toml; empty where it means none.
    language : str
        Such as "Spanish"; empty for English.
    refused_by : str
        Who had the lead and gave it back.

    >>> state = TeamState((TeamMember("anna"), TeamMember("ben")), {"anna": 3}, {"anna": 7, "ben": 9})
    >>> choose_person("round_robin", state, "", ""), choose_person("fewest_open", state, "", "")
    ('anna', 'ben')
    """
    able = [
        member
        for member in state.members
        if member.person != refused_by
        and state.open_counts.get(member.person, 0) < member.capacity
        and (not clinic or not member.clinics or _contains(member.clinics, clinic))
    ]
    speakers = [member for member in able if language and _contains(member.languages, language)]
    order = state.last_turns if rule == "round_robin" else state.open_counts
    chosen = min(speakers or able, key=lambda member: order.get(member.person, 0), default=None)
    return None if chosen is None else chosen.person


def is_working(member: TeamMember, practice: Practice, now: datetime) -> bool:
    """Whether somebody works at a moment, by their own hours, else those of the desk; nobody on a federal holiday.

    >>> from datetime import UTC
    >>> is_working(TeamMember("anna"), Practice(), datetime(2026, 11, 30, 15, tzinfo=UTC))
    True
    """
    local = now.astimezone(practice.zone)
    lines = member.hours or practice.desk.contact_hours or practice.opening_hours
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in get_open_spans(parse_opening_hours(lines), local.date()))


def count_open_leads(snapshot: QueueSnapshot) -> Counter[str]:
    """Count each person's leads that are work: those in the queue, without the ones that nobody should call. A lead in
    nurture or of somebody who asked not to be contacted fills nobody's day.
    """
    rows, skipped = snapshot.columns.rows, _list_skipped(snapshot)
    owners = (rows[int(number)].owner for number in snapshot.queue_rows if int(number) not in skipped)
    return Counter(owner for owner in owners if owner)


def count_waiting(snapshot: QueueSnapshot, at_work: frozenset[str]) -> int:
    """Count the leads that wait for somebody with room: those of nobody, and of people who are not at work.

    Parameters
    ----------
    at_work : frozenset of str
        Who may sign in and is not away, whatever the hour.
    """
    return len(_list_waiting(snapshot, at_work))


class LeadAssigner:
    """Gives out the leads that nobody has, and those of people who are away or may not sign in any more.

    Parameters
    ----------
    store : Store
    take_snapshot : callable
        Returns the open leads as they are now.
    """

    def __init__(self, store: Store, take_snapshot: Callable[[], QueueSnapshot]) -> None:
        self._store, self._take_snapshot = store, take_snapshot

    def run(self) -> int:
        """Assign what is to be assigned now, and return how many leads that were.

        Everything is read and decided before the store is locked for writing, which happens only when there is a lead
        to give out: most runs change nothing.
        """
        for _ in range(_TRIES):
            with self._store.reading() as transaction:
                position = transaction.queue_rows.read_position()
            snapshot = self._take_snapshot()
            if snapshot.engine.bundle.practice.desk.assignment == "none":
                return 0
            with self._store.reading() as transaction:
                plan = _plan_assignments(transaction, snapshot)
            if not plan:
                return 0
            with self._store.transaction(RULE) as transaction:
                # Whatever was read above still holds when nothing was written since.
                if transaction.queue_rows.read_position() == position:
                    return _assign(transaction, snapshot, plan)
        return 0


def _list_skipped(snapshot: QueueSnapshot) -> frozenset[int]:
    """Return the rows of leads in the queue that nobody should call."""
    lists = snapshot.order.lists
    return frozenset(int(snapshot.queue_rows[position]) for name in _NO_LISTS for position in lists.get(name, ()))


def _list_waiting(snapshot: QueueSnapshot, at_work: frozenset[str]) -> list[int]:
    """Return the rows of leads without an owner, or with one who is not at work, in the order in which they are given
    out: possible emergencies, callbacks that are due, then the newest.

    The newest and not those called first: with a month's backlog, old leads would otherwise fill everybody's room on
    the first run, and whoever writes in today would wait for them.

    Parameters
    ----------
    at_work : frozenset of str
        Who may sign in and is not away, whatever the hour.
    """
    skipped, rows = _list_skipped(snapshot), snapshot.columns.rows
    now = snapshot.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
    arrived_at = snapshot.columns.arrays["arrived_at"][snapshot.queue_rows]
    rank = np.select(
        [snapshot.order.lane == lane for lane in _FIRST_LANES], range(len(_FIRST_LANES)), len(_FIRST_LANES)
    )
    ordered = snapshot.queue_rows[np.lexsort((snapshot.now - arrived_at, rank))].tolist()
    return [
        number
        for number in ordered
        if number not in skipped and rows[number].owner not in at_work and not _is_held(rows[number], now)
    ]


def _is_held(row: QueueRow, now: datetime) -> bool:
    return row.held_until is not None and row.held_until > now


def _plan_assignments(transaction: Transaction, snapshot: QueueSnapshot) -> list[tuple[int, str]]:
    """Return which row of ``snapshot.columns`` goes to whom: all waiting leads are looked at, so that those whom nobody
    can take now hold back no others.
    """
    practice, rows = snapshot.engine.bundle.practice, snapshot.columns.rows
    users = frozenset(user.person_id for user in transaction.users.list_all() if user.disabled_at is None)
    at_work = users - transaction.absences.list_away()
    members = tuple(
        member for member in practice.team if member.person in at_work and is_working(member, practice, transaction.now)
    )
    waiting = _list_waiting(snapshot, at_work) if members else []
    if not waiting:
        return []
    counts, turns = count_open_leads(snapshot), _read_turns(transaction)
    state, newest = TeamState(members, counts, turns), max(turns.values(), default=0)
    rule, plan = practice.desk.assignment, []
    for number in waiting:
        clinic = str(snapshot.columns.arrays["clinic"][number])
        clinic = "" if clinic == OTHER or not practice.clinics else clinic
        # Asked without the store first: of a lead that nobody can take, nothing needs to be read.
        if choose_person(rule, state, clinic, "") is None:
            continue
        row = rows[number]
        language, releaser = _read_language(transaction, row), _find_releaser(transaction, row)
        person = choose_person(rule, state, clinic, language, releaser)
        if person is None:
            continue
        plan.append((number, person))
        newest += 1
        turns[person] = newest
        counts[person] += 1
        if len(plan) == _MAX_ASSIGNED:
            break
    return plan


def _assign(transaction: Transaction, snapshot: QueueSnapshot, plan: Sequence[tuple[int, str]]) -> int:
    """Assign these rows, inside one transaction in which nobody else writes; return how many were assigned."""
    rule, assigned = snapshot.engine.bundle.practice.desk.assignment, 0
    for number, person in plan:
        row = snapshot.columns.rows[number]
        state = transaction.desk.get_state(row.lead_id)
        if find_holder(state, transaction.now) is not None or state.owner != row.owner:
            continue
        detail = {"to": person, "rule": "away" if row.owner else rule}
        step = DeskStep(row.lead_id, RULE, "assign", detail, None, transaction.now)
        step_number = transaction.desk.add(step)
        transaction.desk.save_state(row.lead_id, apply_step(state, step), step_number)
        assigned += 1
    return assigned


def _read_turns(transaction: Transaction) -> dict[str, int]:
    """Return by which step each person got their last lead from the rule."""
    turns: dict[str, int] = {}
    for step in transaction.desk.list_recent(("assign",), _MAX_TURNS):
        turns.setdefault(step.detail["to"], step.number)
    return turns


def _read_language(transaction: Transaction, row: QueueRow) -> str:
    """Return the language of a lead's message; empty for English."""
    lead = transaction.leads.get(row.lead_id)
    return detect_language(lead.values.get("message")) if lead is not None else ""


def _find_releaser(transaction: Transaction, row: QueueRow) -> str:
    """Return who gave a lead back last: it does not come back to them at once."""
    if row.owner or not row.step:
        return ""
    steps = transaction.desk.list_steps(row.lead_id)
    last = next((step for step in reversed(steps) if step.kind not in ("note", "undo")), None)
    return last.person if last is not None and last.kind == "release" else ""


def _contains(names: Sequence[str], name: str) -> bool:
    """Whether a name is among others, whatever the capitals."""
    return name.casefold() in {each.casefold() for each in names}
