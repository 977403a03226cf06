"""What do the signals compute on a fixed set of leads? About 200 example leads, the same in every process.

Lives here: the example leads, their events, and what is known before them (practice, history, contacts, word weights).
Does not live here: the words they write (``example_leads.toml``), digests of the values (``signal_fingerprint``), the
one lead of docstrings (``testing``).

Nothing here is random, and nothing is read from a practice or from ``phrases.toml``: a bundle carries its own practice
and phrases, so only a change of what the code computes may change the values. A change in this file or its TOML changes
them too: models trained before it are refused.
"""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from features.array_types import DAY, HOUR, MINUTE, ObjectArray
from features.batch import Batch, get_column_kind
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import FIELDS, OutcomeHistory
from features.practice.practice import Clinic, Practice, Service
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM
from features.text.phrase_lexicon import PhraseLexicon
from features.text.word_weights import WordWeights

__all__ = ["example_batches", "example_column"]

_CROSSED_LEADS = 180
"""Leads whose columns are crossed; those of ``[cases]`` in the TOML come on top."""

_NONE_GIVEN = "(none)"

_ARRIVALS = """
    2026-03-02T15:30 2026-03-08T06:59:59 2026-03-08T07:00 2026-11-01T05:30 2026-11-01T06:30 2026-03-07T03:00
    2026-03-09T12:00 2026-03-09T11:59:59.999999 2026-03-09T21:00 2026-03-14T14:15 2026-03-15T17:00 NaT
    2026-11-26T15:30 2026-07-03T14:00 2026-12-25T15:00 2026-04-01T15:30 2026-04-02T00:00 2027-01-01T04:59
    2028-02-29T23:30 2026-06-30T16:45 2026-12-31T22:10 2025-08-31T02:00 2026-04-03T18:20 2026-02-01T13:00
    2026-05-25T12:00
""".split()
"""UTC. Both changes of the clock, midnight, the minute of opening and of closing, weekends, holidays, a leap day, ends
of months and years."""

_DELAYS = (
    *(0 * MINUTE, 20 * MINUTE, DAY, np.timedelta64(1, "us"), 3 * DAY, 7 * DAY, HOUR, 31 * DAY, -HOUR, 11 * HOUR),
    *(2 * DAY, np.timedelta64("NaT", "us"), 14 * DAY, 400 * DAY),
)
"""From arrival to cutoff. A cutoff before the arrival is wrong data, and even that must give the same values."""

_EVENTS = (
    (),
    (("arrival", -10, "page_view"), ("arrival", 0, "form_submit"), ("arrival", 0, "page_view")),
    (
        ("cutoff", 0, "inbound_call", 1, 90),
        ("cutoff", -0.5, "missed_call"),
        ("cutoff", 0.5, "chat"),
    ),  # at and after the cutoff: not seen
    (
        ("arrival", 5, "outbound_call", 0, 0),
        ("arrival", 30, "voicemail"),
        ("arrival", 31, "sms_out"),
        ("arrival", 45, "email_out"),
    ),
    (
        ("arrival", 20, "outbound_call", 1, 610),
        ("arrival", 700, "sms_in"),
        ("arrival", 1_500, "email_in"),
        ("arrival", 1_501, "email_out"),
    ),
    (("arrival", 10, "inbound_call", None, 61), ("arrival", 55, "sms_out"), ("arrival", 4_000, "voicemail")),
    (("cutoff", -300, "chat"), ("cutoff", -299, "page_view"), ("cutoff", -20, "outbound_call", 0, 5)),
    (
        ("arrival", 60, "email_out"),
        ("arrival", 90, "email_open"),
        ("arrival", 91, "email_click"),
        ("arrival", 92, "email_click"),
    ),
    (
        ("arrival", 10, "missed_call"),
        ("arrival", 15, "missed_call"),
        ("arrival", 2_000, "outbound_call", None, 33),
        ("arrival", 2_100, "missed_call"),
        ("arrival", 2_200, "outbound_call", 0, 31),
        ("arrival", 2_201, "voicemail"),  # left in that call
    ),
    (("arrival", -9_000, "chat", None, 240), ("arrival", -1, "verification")),
    (
        ("cutoff", -1_440, "page_view"),
        ("cutoff", -1_439, "page_view"),
        ("cutoff", -10_080, "chat"),
        ("cutoff", -10_079, "email_in"),
    ),
    (
        ("arrival", 3, "outbound_call", 0),
        ("arrival", 3, "inbound_call", None, 15.5),
        ("arrival", 3, "sms_out", 1),
    ),  # at the same time
    tuple(
        ("arrival", 7 * at, kind)
        for at, kind in enumerate(
            ("inbound_call", "sms_in", "email_in", "form_submit", "chat", "outbound_call", "sms_in") * 6
        )
    ),
)
"""Each lead's events: minutes from its arrival or to its cutoff, kind, and (where known) reached and seconds."""

_A_DAY = np.datetime64("2026-03-05", "us")

_PRACTICE = Practice(
    name="Example practice",
    timezone="America/New_York",
    opening_hours=("Mon-Thu 08:00-12:00, 13:00-17:00", "Fri 08:00-12:00", "Sat 09:30-11:00"),
    clinics=(
        Clinic("Downtown", "02110", radius_km=25.0),
        Clinic("North", "01960", services=("physical therapy", "mri scan"), radius_km=10.0),
        Clinic(
            "West",
            services=("spine surgery", "knee replacement"),
            also_called=("The West Side",),
            latitude=42.2626,
            longitude=-71.8023,
        ),
        Clinic("Nowhere", "00000", services=("physical therapy",)),
    ),
    services=(
        Service("physical therapy", also_called=("physio", "pt")),
        Service(
            "spine surgery",
            also_called=("back surgery",),
            payers=("Aetna", "Medicare"),
            ages=(18, 120),
            referral_required=True,
        ),
        Service("knee replacement", payers=("Aetna", "Medicaid"), ages=(40, 80)),
        Service("mri scan", also_called=("mri",), referral_required=True),
    ),
)

_WORD_WEIGHTS = WordWeights(
    since=np.array(["2026-02-01", "2026-06-01"], "datetime64[us]"),
    words=("appointment", "price", "knee", "test", "no longer known"),
    weights=np.array([[0.5, -0.75, 0.25, -5.0, 9.0], [1.5, -0.5, 0.125, -2.0, 9.0]]),
    base=np.array([-1.0, -0.5]),
)


@cache
def example_batches() -> tuple[Batch, ...]:
    """Make the example leads of three practices: full data, few payers, no data."""
    return _build_known_practice(), _build_strict_practice(), _build_unknown_practice()


def example_column(kind: str) -> str:
    """Name the example leads' column of one of ``schema.CUSTOM_KINDS``."""
    return f"{CUSTOM_PREFIX}example {kind}"


def _build_known_practice() -> Batch:
    """Fill every column in part, with every kind of event and every kind of context."""
    texts = _read_texts()
    payloads = _build_payloads(texts)
    columns = {name: np.array([payload.get(name) for payload in payloads], object) for name in payloads[0]}
    arrivals = columns["created_at"].astype("datetime64[us]")
    contacts = ContactIndex.of({name: columns[name] for name in ("phone", "email", "person_id")}, arrivals)
    context = Context(
        _PRACTICE, PhraseLexicon.from_dict(texts["phrases"]), _build_history(columns), contacts, _WORD_WEIGHTS
    )
    kinds = {name: _kind_of(name) for name in columns if name not in ("lead_id", "cutoff", "events")}
    return _add_second_moments(Batch.from_payloads(payloads, context, kinds, now=_A_DAY))


def _build_strict_practice() -> Batch:
    """Make leads of a practice whose every service names its payers: only there can a payer be taken for none."""
    service = Service("physical therapy", payers=("Aetna",))
    practice = Practice(
        timezone="America/New_York",
        opening_hours=_PRACTICE.opening_hours,
        clinics=_PRACTICE.clinics[:1],
        services=(service,),
    )
    context = Context(practice, PhraseLexicon.from_dict(_read_texts()["phrases"]))
    payloads = [{"lead_id": f"strict-{at}", "payer": payer} for at, payer in enumerate(("Aetna", "Oscar", None))]
    return Batch.from_payloads(payloads, context, {"payer": "category"}, now=_A_DAY)


def _build_unknown_practice() -> Batch:
    """Make leads with messages alone: no clinics, services, events, history or dates, as in a file with one column."""
    context = Context(
        Practice(timezone="America/New_York", opening_hours=("Mon-Fri 08:00-17:00",)),
        PhraseLexicon.from_dict(_read_texts()["phrases"]),
    )
    payloads = [
        {"lead_id": f"bare-{at}", "message": text} for at, text in enumerate((None, "appointment", "knee pain"))
    ]
    return Batch.from_payloads(payloads, context, {"message": "text"}, now=np.datetime64("NaT", "us"))


@cache
def _read_texts() -> dict[str, Any]:
    """Read the TOML beside this file."""
    return tomllib.loads(Path(__file__).with_name("example_leads.toml").read_text(encoding="utf-8"))


def _build_payloads(texts: dict[str, Any]) -> list[dict[str, Any]]:
    """Make one payload for each lead, with every column in each."""
    cases = texts["cases"]["leads"]
    leads = _CROSSED_LEADS + len(cases)
    columns = _build_columns(texts)
    crossed = {name: _cross_values(values, position, leads) for position, (name, values) in enumerate(columns.items())}
    payloads = [{name: values[lead] for name, values in crossed.items()} for lead in range(leads)]
    payloads[_CROSSED_LEADS - 1] = dict.fromkeys(crossed)  # a lead of which nothing is known
    for payload, case in zip(payloads[_CROSSED_LEADS:], cases, strict=True):
        payload |= case
    arrivals, delays = np.array(_ARRIVALS, "datetime64[us]"), np.array(_DELAYS, "timedelta64[us]")
    moments = zip(
        _cross_values(arrivals, 0, leads),
        _cross_values(delays, 1, leads),
        _cross_values(_EVENTS, 2, leads),
        strict=True,
    )
    # Lists of different lengths are crossed, each stepped through at its own pace: 200 leads meet most pairs of
    # values that thousands would be needed to list.
    for lead, (payload, (arrival, delay, story)) in enumerate(zip(payloads, moments, strict=True)):
        cutoff = arrival + delay
        events = list(_convert_events(story, {"arrival": arrival, "cutoff": cutoff}))
        payload |= {"lead_id": f"example-{lead}", "created_at": arrival, "cutoff": cutoff, "events": events}
    return payloads


def _cross_values(values: Sequence[Any], offset: int, leads: int) -> list[Any]:
    """Repeat a column's values, each time from ``offset`` values further on: columns of one length meet in new pairs.

    >>> _cross_values(["a", "b", "c"], 0, 7), _cross_values(["x", "y", "z"], 1, 7)
    (['a', 'b', 'c', 'a', 'b', 'c', 'a'], ['x', 'y', 'z', 'y', 'z', 'x', 'z'])
    """
    return [values[(lead + offset * (lead // len(values))) % len(values)] for lead in range(leads)]


def _build_columns(texts: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each column before they are crossed; None is not given."""
    categories = texts["columns"] | {example_column(kind): values for kind, values in texts["custom_columns"].items()}
    messages = texts["messages"]["texts"]
    longest = " ".join(text for text in messages if text != _NONE_GIVEN)
    return {
        **{name: [value or None for value in values] for name, values in categories.items()},
        "message": [
            *(None if text == _NONE_GIVEN else text for text in messages),
            longest,
            "price " * 400,
            "appointment " * 40,
        ],
        "person_id": ["P1", None, "P2", None, "P3"],
        "latitude": [None, 42.37, None, 61.2, -89.9, 42.0, None],
        "longitude": [None, -71.11, None, -149.9, 179.9, None, -71.0],
        "existing_patient": [1.0, None, 0.0],
        "do_not_contact": [None, 0.0, None, 1.0],
        "earlier_enquiries": [None, None, None, 0.0, 2.0],
        example_column("number"): [None, 0.0, -3.25, 1e9, 1 / 3, 12.0],
        example_column("yes_no"): [1.0, None, 0.0],
        example_column("date"): list(
            np.array(["2026-03-01", "NaT", "1999-12-31T23:59", "2027-05-05T12:00"], "datetime64[us]")
        ),
    }


def _kind_of(name: str) -> str:
    """Return the kind of one of the example leads' columns."""
    return get_column_kind(name, {example_column(kind): kind for kind in KIND_OF_CUSTOM})


def _convert_events(
    story: tuple, origins: dict[str, np.datetime64]
) -> Iterator[tuple[np.datetime64, str, float, float]]:
    """Yield a lead's events; none at times that are not known."""
    for origin, minutes, kind, *details in story:
        reached, duration_s = (
            np.nan if value is None else float(value) for value in (*details, *[None] * (2 - len(details)))
        )
        time = origins[origin] + np.timedelta64(round(minutes * 60_000_000), "us")
        if not np.isnat(time):
            yield time, kind, reached, duration_s


def _build_history(columns: dict[str, ObjectArray]) -> OutcomeHistory:
    """Record 90 earlier leads; the last 20 are example leads themselves: a lead never counts in its own rate."""
    n = 90
    lead_ids = np.array([f"example-{at}" if at >= 70 else f"earlier-{at}" for at in range(n)], object)
    known_at = np.datetime64("2025-07-01", "us") + np.arange(n) * 9 * DAY
    # Every third lead booked, every sixth only a month after it was given up; of every tenth nothing is known yet.
    booked_at = np.where(
        np.arange(n) % 3 == 0, known_at + np.where(np.arange(n) % 6 == 0, 30 * DAY, 0 * DAY), np.datetime64("NaT", "us")
    )
    known_at = np.where(np.arange(n) % 10 == 7, np.datetime64("NaT", "us"), known_at)
    fields = (*FIELDS, example_column("crowded_category"))
    return OutcomeHistory.of(lead_ids, {name: columns[name][:n] for name in fields}, known_at, booked_at)


def _add_second_moments(batch: Batch) -> Batch:
    """Add a second moment to every ninth lead, so that rows of moments and of leads are not the same rows."""
    moments = np.where(np.arange(batch.leads) % 9 == 4, 2, 1)
    is_second = np.concatenate([np.arange(count) for count in moments]) == 1
    of_lead = np.repeat(batch.of_lead, moments)
    cutoff = batch.cutoff[of_lead] + np.where(is_second, 2 * DAY, 0 * DAY)
    return Batch(batch.lead_ids, of_lead, cutoff, batch.columns, batch.events, batch.context)
