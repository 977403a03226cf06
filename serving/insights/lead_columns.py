"""Which plain arrays are the insights computed from? One array for each fact about the leads, the same for files and
for the store.

Lives here: validated tables -> arrays, cut at the moment of the report, in the practice's time.
Does not live here: any figure (the other modules of this room), reading tables (``features.tables``).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.array_types import DAY, MINUTE, FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct
from features.calendar.timezones import to_local_time, to_utc_times
from features.errors import DataError
from features.practice.practice import Practice
from features.tables.tables import Tables

__all__ = [
    "ALL_LEADS",
    "DIMENSIONS",
    "FUNNEL",
    "NOT_GIVEN",
    "Categories",
    "LeadColumns",
    "Resolver",
    "SpendColumns",
    "format_month",
    "read_lead_columns",
]

FUNNEL = ("reached", "qualified", "booked", "attended", "treated")
"""Stages after the enquiry, in order; a later one implies the earlier ones."""

FINAL_AFTER_HORIZON = {"attended": 30.0, "treated": 60.0}
"""Days after the practice's horizon within which the later stages count; the others count within the horizon."""

DIMENSIONS = ("channel", "source", "campaign", "clinic", "service", "patient", "form")
"""By what figures are broken down."""

NOT_GIVEN = "Not given"
ALL_LEADS = "All leads"

CONTACT_OUT = ("outbound_call", "sms_out", "email_out")
CONTACT_IN = ("inbound_call", "sms_in", "email_in", "chat")
_LIVE_MINUTES = 10.0
"""An answered call or a chat this close to the enquiry is the enquiry itself: nobody waited."""

Resolver = Callable[[Iterable[str | None]], list[str]]
"""Texts as people typed them -> names of the practice."""

Namer = Callable[[str, str], str]
"""A value and the dimension it is a value of -> how people read it."""


@dataclass(frozen=True)
class Categories:
    """A column of names, as numbers.

    Parameters
    ----------
    codes : int array of shape (n,)
        Position in ``names``.
    names : tuple of str
    """

    codes: IntArray
    names: tuple[str, ...]

    def count(self, weights: FloatArray | None = None) -> FloatArray:
        """Count the leads of each name, or sum their weights. Shape (names,)."""
        return np.bincount(self.codes, weights, minlength=len(self.names)).astype(float)


@dataclass(frozen=True)
class SpendColumns:
    """Money spent.

    Parameters
    ----------
    month : int array of shape (m,)
        Months since January 1970, in the practice's time.
    day : int array of shape (m,)
        Days since January 1, 1970.
    amount : float array of shape (m,)
    names : dict
        "channel" or "campaign" -> object array of shape (m,), None where not given.
    """

    month: IntArray
    day: IntArray
    amount: FloatArray
    names: dict[str, ObjectArray] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadColumns:
    """The facts about n leads that arrived before ``as_of``, as known then.

    Parameters
    ----------
    lead_ids : object array of shape (n,)
    arrived_at : datetime64[us] array of shape (n,), UTC
    month, day, hour, weekday : int arrays of shape (n,)
        Of arrival in the practice's time: months and days since January 1, 1970, hour 0 to 23, Monday 0.
    age_days : float array of shape (n,)
    stage_days, known_days : dict
        Stage -> days from arrival until it occurred, and until it was recorded; NaN where it is not known (yet), or
        came after ``final_days``. Shape (n,).
    final_days : dict
        Stage -> days after arrival within which it counts.
    value : float array of shape (n,)
        Revenue known so far; NaN unknown.
    lost_days : float array of shape (n,)
        Days from arrival until a lead was recorded as lost, NaN otherwise; so for a lead that was booked later.
    lost_reason : object array of shape (n,)
        Why, None where not given.
    categories : dict
        Name of a dimension -> ``Categories``.
    attributes : dict
        What else was known of a lead at arrival, for the expected bookings: name -> ``Categories``. Never who worked
        on it.
    response_minutes : float array of shape (n,)
        From arrival until the first contact by us, 0 for a call that was answered; NaN where there was none.
    answered_live : bool array of shape (n,)
    missed_minutes, called_back_minutes, came_back_minutes : float arrays of shape (n,)
        From arrival until the first missed call, and from that until our next contact and theirs; NaN never.
    staff : Categories or None
        Who booked each lead or closed it as lost, where its outcome names them; otherwise who worked on it first. None
        where nothing tells.
    spend : SpendColumns
    as_of : datetime64[us]
    as_of_day, current_month : int
        The day and the month of ``as_of`` in the practice's time.
    last_full_month : int
        The last month that was over at ``as_of``.
    attempts : float array of shape (n,)
        Contacts by us.
    do_not_contact : bool array of shape (n,)
    preferred_contact : object array of shape (n,)
    """

    lead_ids: ObjectArray
    arrived_at: TimeArray
    month: IntArray
    day: IntArray
    hour: IntArray
    weekday: IntArray
    age_days: FloatArray
    stage_days: dict[str, FloatArray]
    known_days: dict[str, FloatArray]
    final_days: dict[str, float]
    value: FloatArray
    lost_days: FloatArray
    lost_reason: ObjectArray
    categories: dict[str, Categories]
    attributes: dict[str, Categories]
    response_minutes: FloatArray
    answered_live: np.ndarray
    missed_minutes: FloatArray
    called_back_minutes: FloatArray
    came_back_minutes: FloatArray
    staff: Categories | None
    spend: SpendColumns
    as_of: np.datetime64
    as_of_day: int
    current_month: int
    last_full_month: int
    attempts: FloatArray
    do_not_contact: np.ndarray
    preferred_contact: ObjectArray

    def __len__(self) -> int:
        """Return the number of leads."""
        return len(self.age_days)

    def has(self, stage: str) -> np.ndarray:
        """Return which leads are known to have reached a stage in time, shape (n,)."""
        return ~np.isnan(self.known_days[stage])


def format_month(month: int) -> str:
    """Format a number of months since January 1970.

    >>> format_month(0), format_month(682)
    ('Jan 1970', 'Nov 2026')
    """
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{names[month % 12]} {1970 + month // 12}"


def read_lead_columns(
    tables: Tables,
    practice: Practice,
    resolvers: dict[str, Resolver] | None = None,
    as_of: np.datetime64 | None = None,
    name_value: Namer = lambda value, dimension: value,
) -> LeadColumns:
    """Read the arrays from validated tables.

    Parameters
    ----------
    tables : Tables
    practice : Practice
        Gives the horizon, and the time zone of days and hours.
    resolvers : dict, optional
        "clinic" and "service" -> what finds the practice's own name for what people typed.
    as_of : datetime64[us], optional
        Nothing later is read; the end of the data when left out.
    name_value : callable, optional
        What channels, sources and campaigns are called; as in the data when left out.

    Raises
    ------
    DataError
        Without dates of arrival or without outcomes.
    """
    _require_history(tables)
    is_clock = as_of is not None
    latest = as_of if is_clock else tables.as_of
    if latest is None:
        raise DataError(
            "insights: found no date in any table. Expected created_at of the leads; see leadlight inspect."
        )
    as_of = latest.astype("datetime64[us]")
    arrived_at = to_utc_times(tables.leads["created_at"])
    rows = np.flatnonzero(arrived_at <= as_of)
    if not len(rows):
        raise DataError(
            f"insights: no lead arrived before {str(as_of)[:16]} UTC. Expected a moment within the data; change "
            "--as-of."
        )
    leads, arrived_at = tables.leads.iloc[rows], arrived_at[rows]
    final_days = {stage: practice.horizon_days + FINAL_AFTER_HORIZON.get(stage, 0.0) for stage in FUNNEL}
    outcomes = _cut(tables.outcomes, leads, arrived_at, as_of)
    events = _cut(tables.events, leads, arrived_at, as_of)
    local = to_local_time(arrived_at, practice.timezone)
    end = to_local_time(np.array([as_of]), practice.timezone)[0]
    # Data ends with its last row, which stands for a whole day; what a clock showed does not. The last instant of a
    # day, which is how a day is given, counts as its end.
    seen_until = end + np.timedelta64(1, "s") if is_clock else end.astype("datetime64[D]") + 1
    day = local.astype("datetime64[D]").astype(np.int64)
    stage_days, known_days = _find_stages(outcomes, events, final_days, len(leads))
    lost_days, lost_reason = _find_losses(outcomes, len(leads))
    contact = _find_contacts(events, len(leads))
    return LeadColumns(
        lead_ids=leads["lead_id"].to_numpy(object),
        arrived_at=arrived_at,
        month=local.astype("datetime64[M]").astype(np.int64),
        day=day,
        hour=(local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64),
        weekday=(day + 3) % 7,
        age_days=(as_of - arrived_at) / DAY,
        stage_days=stage_days,
        known_days=known_days,
        final_days=final_days,
        value=_sum_values(outcomes, len(leads)),
        lost_days=lost_days,
        lost_reason=lost_reason,
        categories=_read_dimensions(leads, resolvers or {}, name_value),
        attributes=_read_attributes(leads, resolvers or {}),
        staff=_find_staff(outcomes, events, len(leads)),
        spend=_read_spend(tables.spend, practice.timezone, as_of, name_value),
        as_of=as_of,
        as_of_day=int(end.astype("datetime64[D]").astype(np.int64)),
        current_month=int(end.astype("datetime64[M]").astype(np.int64)),
        last_full_month=int(seen_until.astype("datetime64[M]").astype(np.int64)) - 1,
        do_not_contact=_read_flag(leads, "do_not_contact"),
        preferred_contact=_read_column(leads, "preferred_contact"),
        **contact,
    )


def _require_history(tables: Tables) -> None:
    """Refuse tables that insights cannot be computed from: DataError."""
    if "created_at" not in tables.leads:
        raise DataError(
            "insights: the leads have no date of arrival. Expected created_at; map the column that holds it "
            "(leadlight inspect)."
        )
    if not len(tables.outcomes):
        raise DataError(
            f"insights: found {len(tables.leads)} leads and no outcome. Expected an outcomes table with dates "
            "(reached, booked, treated, lost); a label column alone does not say when."
        )


@dataclass(frozen=True)
class _Rows:
    """Rows of events or outcomes that were known at the end, in order of lead and time."""

    frame: pd.DataFrame
    lead: IntArray
    days: FloatArray
    known_days: FloatArray


def _cut(frame: pd.DataFrame, leads: pd.DataFrame, arrived_at: TimeArray, as_of: np.datetime64) -> _Rows:
    """Return the rows of these leads that were known by ``as_of``, with their leads' rows."""
    lead = pd.Index(leads["lead_id"]).get_indexer(frame["lead_id"])
    occurred = to_utc_times(frame["occurred_at"]) if len(frame) else np.empty(0, "datetime64[us]")
    recorded = occurred
    if "recorded_at" in frame and len(frame):
        recorded = to_utc_times(frame["recorded_at"])
        recorded = np.where(np.isnat(recorded), occurred, recorded)
    kept = np.flatnonzero((lead >= 0) & (recorded <= as_of) & (occurred <= as_of))
    kept = kept[np.lexsort((occurred[kept], lead[kept]))]
    since = arrived_at[lead[kept]]
    return _Rows(
        frame.iloc[kept], lead[kept], (occurred[kept] - since) / DAY, np.maximum((recorded[kept] - since) / DAY, 0.0)
    )


def _find_first(lead: IntArray, values: FloatArray, n: int) -> FloatArray:
    """Return each lead's least value, NaN where it has none. Shape (n,)."""
    least = np.full(n, np.inf)
    np.minimum.at(least, lead, values)
    return np.where(np.isfinite(least), least, np.nan)


def _find_stages(
    outcomes: _Rows, events: _Rows, final_days: dict[str, float], n: int
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Find when each lead reached each stage, and when that was recorded."""
    stage = outcomes.frame["stage"].to_numpy(object)
    stage_days, known_days = {}, {}
    for position, name in enumerate(FUNNEL):
        rows = np.isin(stage, FUNNEL[position:])
        lead, days, known = outcomes.lead[rows], outcomes.days[rows], outcomes.known_days[rows]
        if name == "reached" and "reached" in events.frame:
            answered = (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1) & (events.days >= 0)
            lead = np.r_[lead, events.lead[answered]]
            days, known = np.r_[days, events.days[answered]], np.r_[known, events.days[answered]]
        in_time = days <= final_days[name]
        stage_days[name] = _find_first(lead[in_time], np.maximum(days[in_time], 0.0), n)
        known_days[name] = _find_first(lead[in_time], known[in_time], n)
    return stage_days, known_days


def _find_losses(outcomes: _Rows, n: int) -> tuple[FloatArray, ObjectArray]:
    """Find when each lead was recorded as lost first, and the reason given then."""
    lost = np.flatnonzero(outcomes.frame["stage"].to_numpy(object) == "lost")
    lead, days = outcomes.lead[lost], outcomes.known_days[lost]
    reason = np.full(n, None, object)
    if len(lost) and "reason" in outcomes.frame:
        reasons = outcomes.frame["reason"].to_numpy(object)[lost]
        # Written from the last to the first, so that the first one stays.
        order = np.argsort(-days, kind="stable")
        reason[lead[order]] = [text if isinstance(text, str) else None for text in reasons[order]]
    return _find_first(lead, days, n), reason


def _sum_values(outcomes: _Rows, n: int) -> FloatArray:
    """Sum the revenue of each lead, NaN where none is known. Of several stages with a value, the last one counts."""
    value = np.full(n, np.nan)
    if "value" not in outcomes.frame:
        return value
    amounts = outcomes.frame["value"].to_numpy(float)
    rows = np.flatnonzero(~np.isnan(amounts))
    value[outcomes.lead[rows]] = amounts[rows]
    return value


def _find_contacts(events: _Rows, n: int) -> dict[str, np.ndarray]:
    """Find the first contact by us, and what followed the first missed call."""
    kind = events.frame["kind"].to_numpy(object)
    minutes = events.days * (DAY / MINUTE)
    ours, theirs = _is_by_a_person(events, kind), np.isin(kind, CONTACT_IN)
    after = minutes >= 0
    answered = np.zeros(len(kind), bool)
    near = np.abs(minutes) <= _LIVE_MINUTES
    if "reached" in events.frame:
        answered = (kind == "inbound_call") & near & (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1)
    live = np.zeros(n, bool)
    live[events.lead[answered]] = True
    live[events.lead[(kind == "chat") & near]] = True
    response = _find_first(events.lead[ours & after], minutes[ours & after], n)
    response[live] = 0.0
    missed_rows = (kind == "missed_call") & (minutes >= -_LIVE_MINUTES)
    missed = _find_first(events.lead[missed_rows], minutes[missed_rows], n)
    since_missed = minutes - missed[events.lead]
    later = since_missed > 0
    return {
        "response_minutes": response,
        "answered_live": live,
        "missed_minutes": missed,
        "called_back_minutes": _find_first(events.lead[ours & later], since_missed[ours & later], n),
        "came_back_minutes": _find_first(events.lead[theirs & later], since_missed[theirs & later], n),
        "attempts": np.bincount(events.lead[ours & after], minlength=n).astype(float),
    }


def _is_by_a_person(events: _Rows, kind: ObjectArray) -> np.ndarray:
    """Return which events are calls and messages by our people: automatic replies answer nobody's question.

    A message without a member of staff is automatic, where the messages of people name one.
    """
    ours = np.isin(kind, CONTACT_OUT)
    if "staff_id" not in events.frame:
        return ours
    named = np.array([isinstance(name, str) for name in events.frame["staff_id"].to_numpy(object)], bool)
    return ours & (named | (kind == "outbound_call")) if named[ours].any() else ours


def _find_staff(outcomes: _Rows, events: _Rows, n: int) -> Categories | None:
    """Find whose each lead is: who booked it or closed it as lost, where the outcome names them; else who worked on it
    first by the events; else by any outcome.
    """
    person = np.full(n, None, object)
    stage = outcomes.frame["stage"].to_numpy(object)
    # The strongest source comes last: it replaces what the ones before it say.
    for rows, selected in (
        (outcomes, np.ones(len(stage), bool)),
        (events, np.ones(len(events.lead), bool)),
        (outcomes, stage == "lost"),
        (outcomes, stage == "booked"),
    ):
        if "staff_id" not in rows.frame:
            continue
        names = rows.frame["staff_id"].to_numpy(object)
        given = np.flatnonzero(selected & np.array([isinstance(name, str) for name in names], bool))
        # Rows are in order of time: written backwards, the first one stays.
        person[rows.lead[given[::-1]]] = names[given[::-1]]
    return _encode(person) if any(name is not None for name in person) else None


def _read_column(leads: pd.DataFrame, name: str) -> ObjectArray:
    """Return a text column, None where it is missing. Shape (n,)."""
    if name not in leads:
        return np.full(len(leads), None, object)
    values: ObjectArray = leads[name].to_numpy(object)
    missing: np.ndarray = leads[name].isna().to_numpy()
    values = values.copy()
    values[missing] = None
    return values


def _read_flag(leads: pd.DataFrame, name: str) -> np.ndarray:
    """Return where a yes/no column says yes. Shape (n,), bool."""
    return leads[name].to_numpy(float) == 1 if name in leads else np.zeros(len(leads), bool)


def _encode(values: Sequence[str | None] | ObjectArray) -> Categories:
    """Encode the names of a column, in the order of the alphabet; missing ones are ``NOT_GIVEN``."""
    codes, names = pd.factorize(np.asarray(values, object), sort=False)
    texts = [*map(str, names)]
    if (codes < 0).any():
        if NOT_GIVEN not in texts:
            texts.append(NOT_GIVEN)
        codes = np.where(codes < 0, texts.index(NOT_GIVEN), codes)
    order = np.argsort(np.array(texts, object), kind="stable") if texts else np.empty(0, int)
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    return Categories(position[codes], tuple(texts[i] for i in order))


def _resolve(leads: pd.DataFrame, name: str, resolver: Resolver | None) -> Categories:
    """Encode a column of free texts by the practice's own names."""
    values = _read_column(leads, name)
    if resolver is None:
        return _encode(values)
    codes, texts = pd.factorize(values)
    names = resolver([*texts, None])
    return _encode([names[code] for code in codes.tolist()])


def _rename(values: ObjectArray, dimension: str, name_value: Namer) -> ObjectArray:
    """Return a column in the words that people read."""
    return map_distinct(values, lambda value: name_value(str(value), dimension), None, object)


def _read_dimensions(leads: pd.DataFrame, resolvers: dict[str, Resolver], name_value: Namer) -> dict[str, Categories]:
    """Read by what figures can be broken down: the columns that were given."""
    columns = {"clinic": "preferred_clinic", "service": "service_requested", "form": "landing_page"}
    dimensions = {}
    for name in DIMENSIONS:
        column = columns.get(name, name)
        if name == "patient":
            if "existing_patient" in leads:
                existing = leads["existing_patient"].to_numpy(float)
                texts = np.where(existing == 1, "Existing patient", np.where(existing == 0, "New patient", NOT_GIVEN))
                dimensions[name] = _encode(texts.astype(object))
        elif name in ("channel", "source", "campaign") and name in leads:
            dimensions[name] = _encode(_rename(_read_column(leads, name), name, name_value))
        elif column in leads:
            dimensions[name] = _resolve(leads, column, resolvers.get(name))
    return dimensions


def _read_attributes(leads: pd.DataFrame, resolvers: dict[str, Resolver]) -> dict[str, Categories]:
    """Read what tells who a lead was. Nothing about the person beyond their wish, and nothing about our people."""
    given = ("channel", "source", "payer", "relation", "referral_reason", "timeframe", "preferred_contact")
    attributes = {name: _encode(_read_column(leads, name)) for name in given if name in leads}
    for name, column in (("clinic", "preferred_clinic"), ("service", "service_requested")):
        if column in leads:
            attributes[name] = _resolve(leads, column, resolvers.get(name))
    if "existing_patient" in leads:
        attributes["existing"] = _encode(leads["existing_patient"].map({1.0: "yes", 0.0: "no"}).to_numpy(object))
    for name in ("postal_code", "phone", "email", "referrer"):
        if name in leads:
            attributes[f"gave {name}"] = _encode(np.where(leads[name].isna(), "no", "yes").astype(object))
    return attributes


def _read_spend(spend: pd.DataFrame, timezone: str, as_of: np.datetime64, name_value: Namer) -> SpendColumns:
    """Read the money spent up to ``as_of``."""
    if not len(spend):
        return SpendColumns(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    day = to_utc_times(spend["day"])
    rows = np.flatnonzero(day <= as_of)
    names = {
        name: _rename(_read_column(spend.iloc[rows], name), name, name_value)
        for name in ("channel", "campaign")
        if name in spend
    }
    local = to_local_time(day[rows], timezone)
    return SpendColumns(
        local.astype("datetime64[M]").astype(np.int64),
        local.astype("datetime64[D]").astype(np.int64),
        spend["amount"].to_numpy(float)[rows],
        names,
    )
