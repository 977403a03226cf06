"""What must whoever takes over a lead know? One structured note that a clinic can print, copy or type over.

Lives here: what the note says, who it goes to, until when they should answer.
Does not live here: when somebody is on the phone and what they learn (``lead_state``), the note's page
(``pages.handoff_page``).

Nothing in it is guessed: what nobody said is under "Still open", never left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from features.calendar.business_time import WeeklyHours, get_open_spans
from features.practice.eligibility_rules import EligibilityRules
from features.practice.practice import Clinic, Practice, Service
from serving.desk.appointments import Appointment, find_appointment
from serving.desk.queue.catalog_names import build_clinic_resolver, build_service_resolver
from serving.store.database.entities import DeskStep, LeadChange, StoredLead

__all__ = ["CONFIRMING_KINDS", "HandOff", "HandOffRoute", "add_opening_hours", "compose_hand_off", "find_route"]

CONFIRMING_KINDS = ("contact", "facts")
"""Steps by which a person writes down what was said on the phone."""

_MAX_DAYS = 60
_NEEDED = ("phone", "relation", "service_requested", "preferred_clinic", "payer")
"""What a clinic asks for before it books; a referral as well where the service needs one."""


@dataclass(frozen=True)
class HandOffRoute:
    """Who takes over.

    Parameters
    ----------
    to : str
        Clinic or coordinator, as the practice calls them; empty where practice.toml names none.
    answer_by : datetime, aware
        Until when they should answer: so many opening hours of that clinic from now.
    """

    to: str
    answer_by: datetime


@dataclass(frozen=True)
class HandOff:
    """What is known of a lead, for whoever takes over.

    Parameters
    ----------
    confirmed : frozenset of str
        Columns that somebody of the desk wrote down, on the phone or after it, and that nobody changed since.
    open_columns : tuple of str
        Columns that a clinic needs and nobody knows.
    needs_appointment : bool
        Whether no time is set yet.
    accepts_payer : bool or None
        Whether their insurance is on the service's list; None where there is no list or no insurance is known.
    notes : tuple of DeskStep
        Steps with a note, the newest first.
    """

    appointment: Appointment | None
    service: Service | None
    clinic: Clinic | None
    confirmed: frozenset[str]
    open_columns: tuple[str, ...]
    needs_appointment: bool
    accepts_payer: bool | None
    notes: tuple[DeskStep, ...]
    route: HandOffRoute


def compose_hand_off(
    lead: StoredLead,
    steps: Sequence[DeskStep],
    practice: Practice,
    now: datetime,
    changes: Sequence[LeadChange] = (),
    route: HandOffRoute | None = None,
) -> HandOff:
    """Return what whoever takes over a lead must know.

    Parameters
    ----------
    steps : sequence of DeskStep
        What people did with the lead, in any order; what was undone does not count.
    now : datetime, aware
    changes : sequence of LeadChange
        When the lead's values became known: what somebody else changed after it was written down is not confirmed.
    route : HandOffRoute, optional
        Who took over, where somebody said so; else whom the practice names.
    """
    undone = {step.undoes for step in steps}
    taken = sorted((step for step in steps if step.number not in undone), key=lambda step: -step.number)
    appointment, values = find_appointment(steps), lead.values
    clinic = _find_clinic(practice, (appointment.clinic if appointment else "") or values.get("preferred_clinic"))
    service = _find_service(practice, values.get("service_requested"))
    needed = [name for name in _NEEDED if not _is_known(name, values, clinic)]
    if (
        service is not None
        and service.referral_required
        and not (values.get("referrer") or values.get("referral_reason"))
    ):
        needed.append("referrer")
    return HandOff(
        appointment,
        service,
        clinic,
        _list_confirmed(taken, changes),
        tuple(needed),
        appointment is None,
        _check_payer(practice, service, values.get("payer")),
        tuple(step for step in taken if step.detail.get("note") or step.detail.get("text")),
        route or find_route(practice, clinic, service, now),
    )


def _list_confirmed(taken: Sequence[DeskStep], changes: Sequence[LeadChange]) -> frozenset[str]:
    """Return the columns whose value is the one that somebody of the desk wrote down."""
    confirmed_at: dict[str, datetime] = {}
    for step in taken:  # the newest first
        if step.kind in CONFIRMING_KINDS and step.at is not None:
            for name in step.detail["fields"].split(", "):
                confirmed_at.setdefault(name, step.at)
    # A step and the change that it makes are of one moment; any later change is somebody else's.
    changed_at = {name: change.known_at for change in changes for name in change.fields}
    return frozenset(name for name, at in confirmed_at.items() if changed_at.get(name, at) <= at)


def find_route(practice: Practice, clinic: Clinic | None, service: Service | None, now: datetime) -> HandOffRoute:
    """Return who takes over: the service's coordinator, else the clinic's, else the practice's.

    >>> from datetime import UTC
    >>> oak = Practice(clinics=(Clinic("Plano", coordinator="Rosa"),))
    >>> find_route(oak, oak.clinics[0], None, datetime(2026, 12, 1, 15, tzinfo=UTC)).to
    'Plano, Rosa'
    """
    person = (service.coordinator if service else "") or (clinic.coordinator if clinic else "")
    to = ", ".join(filter(None, (clinic.name if clinic else "", person or practice.desk.hand_off_to)))
    minutes = 60 * practice.desk.hand_off_hours
    local = add_opening_hours(practice.open_minutes(clinic), now.astimezone(practice.zone), minutes)
    return HandOffRoute(to, local)


def add_opening_hours(week: WeeklyHours, local: datetime, minutes: float) -> datetime:
    """Return the moment by which so many opening minutes have passed, in the same zone; federal holidays are closed.

    Parameters
    ----------
    week : tuple
        Spans of minutes since midnight, for each weekday.
    local : datetime, aware
        Where to start from, on the practice's clock.

    >>> from features.practice.practice import Practice
    >>> friday = datetime(2026, 12, 4, 16, tzinfo=Practice().zone)
    >>> add_opening_hours(Practice().open_minutes(), friday, 120).isoformat()
    '2026-12-07T09:00:00-05:00'
    """
    left, begin = minutes, local.hour * 60 + local.minute
    for ahead in range(_MAX_DAYS):
        day = local.date() + timedelta(days=ahead)
        for start, end in get_open_spans(week, day):
            start = max(start, begin) if ahead == 0 else start
            if start + left <= end:
                return _at_minute(day, start + left, local)
            left -= max(end - start, 0)
    # Hours that hold next to nothing: a plain day count is the honest answer.
    return local + timedelta(minutes=minutes)


def _at_minute(day: Any, minute: float, local: datetime) -> datetime:
    midnight = datetime(day.year, day.month, day.day)
    # Wall-clock time first, the zone after it: a clock that changes in between changes no opening hour.
    return (midnight + timedelta(minutes=minute)).replace(tzinfo=local.tzinfo)


def _find_clinic(practice: Practice, name: str | None) -> Clinic | None:
    """Return the clinic that a text means, in whatever spelling."""
    (known_name,) = build_clinic_resolver(practice)([name])
    return next((clinic for clinic in practice.clinics if clinic.name == known_name), None)


def _find_service(practice: Practice, name: str | None) -> Service | None:
    """Return the service that a text names, by its spelling alone: a note guesses nothing."""
    (known_name,) = build_service_resolver(practice, lambda texts: [-1] * len(texts))([name])
    return next((service for service in practice.services if service.name == known_name), None)


def _is_known(name: str, values: Mapping[str, Any], clinic: Clinic | None) -> bool:
    return bool(values.get(name)) or name == "preferred_clinic" and clinic is not None


def _check_payer(practice: Practice, service: Service | None, payer: str | None) -> bool | None:
    """Return whether a service takes this insurance; None where either is not known."""
    if service is None or not payer or not service.payers:
        return None
    answer = EligibilityRules.from_practice(practice).check_payer(payer)[practice.services.index(service)]
    return None if np.isnan(answer) else bool(answer)
