"""Who is here, who is away, and who gets new leads? The team's page.

Lives here: its values, reading the form by which a manager says who is away. Does not live here: who gets a lead
(``serving.desk.assignment``), storing an absence (``serving.store``), addresses (``routes``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.desk.assignment import count_open_leads, count_waiting
from serving.desk.desk_service import TeamOverview
from serving.desk.pages.display_text import DisplayText
from serving.desk.pages.templates import render_template
from serving.desk.queue.queue_board import QueueSnapshot
from serving.errors import Fault, RequestError
from serving.store.database.user_entities import Absence

__all__ = ["TeamLine", "build_team_lines", "parse_absence", "parse_absence_start", "render_team"]

_MAX_AWAY = timedelta(days=370)
_RULES = {
    "none": "New leads are not assigned: whoever calls next takes one.",
    "round_robin": "New leads go to each in turn. While somebody is away, their leads go to the others.",
    "fewest_open": (
        "New leads go to whoever has the fewest open leads. While somebody is away, their leads go to the others."
    ),
}


@dataclass(frozen=True)
class TeamLine:
    """One person on the page.

    Parameters
    ----------
    here : str
        "Here now", "Away until ...", "Last here ...", or that they were not here since they last signed out.
    is_here : bool
    open_count : int
        Their open leads.
    capacity : int
        How many they may have; 0 where no rule gives them any.
    takes : str
        Clinics and languages by which they get leads, and when they work; empty where no rule gives them any.
    absences : list of (str, str)
        When they are away, in words, and the moment at which that begins, for the form that cancels it.
    """

    person: str
    name: str
    here: str
    is_here: bool
    open_count: int
    capacity: int
    takes: str
    absences: list[tuple[str, str]]


def render_team(snapshot: QueueSnapshot, team: TeamOverview, user: SignedInUser, can_change: bool) -> str:
    """Render who is here, who is away and who gets new leads."""
    practice = snapshot.engine.bundle.practice
    display = DisplayText.of(practice, snapshot.now)
    return render_template(
        "team.html",
        snapshot.engine,
        user,
        lines=build_team_lines(snapshot, team, display),
        without_user=_list_members_without_user(practice, team),
        rule=_RULES[practice.desk.assignment],
        has_rule=practice.desk.assignment != "none",
        waiting=_describe_waiting(count_waiting(snapshot, _find_at_work(team, display.now))),
        can_change=can_change,
        today=display.now.astimezone(practice.zone).date().isoformat(),
        as_of=display.format_moment(display.now),
        section="team",
    )


def build_team_lines(snapshot: QueueSnapshot, team: TeamOverview, display: DisplayText) -> list[TeamLine]:
    """Return one line for each person, those who are here first."""
    counts = count_open_leads(snapshot)
    members = {member.person: member for member in display.practice.team}
    lines = []
    for user in team.users:
        member = members.get(user.person_id)
        own = [each for each in team.absences if each.person == user.person_id]
        lines.append(
            TeamLine(
                user.person_id,
                user.shown_name,
                _describe_presence(user.person_id, team, own, display),
                user.person_id in team.present,
                counts[user.person_id],
                0 if member is None else member.capacity,
                "" if member is None else _describe_takes(member.clinics, member.languages, member.hours),
                [(_describe_absence(each, display), each.starts_at.isoformat()) for each in own],
            )
        )
    return sorted(lines, key=lambda line: (not line.is_here, line.name.casefold()))


def _find_at_work(team: TeamOverview, now: datetime) -> frozenset[str]:
    """Return who may sign in and is not away now."""
    away = {each.person for each in team.absences if each.starts_at <= now < each.ends_at}
    return frozenset(user.person_id for user in team.users) - away


def _describe_waiting(count: int) -> str:
    """Say how many leads wait for somebody with room; empty where none does.

    >>> _describe_waiting(1), _describe_waiting(0)
    ('1 lead waits until somebody at work has room. The newest goes first.', '')
    """
    if not count:
        return ""
    leads = "1 lead waits" if count == 1 else f"{count:,} leads wait"
    return f"{leads} until somebody at work has room. The newest goes first."


def _list_members_without_user(practice: Practice, team: TeamOverview) -> list[str]:
    """Return whom practice.toml names for leads although nobody may sign in by that name: they get none."""
    users = {user.person_id for user in team.users}
    return [member.person for member in practice.team if member.person not in users]


def parse_absence_start(text: str) -> datetime:
    """Parse the moment by which our own form names the absence to cancel.

    Raises
    ------
    RequestError
        422 for anything else.

    >>> parse_absence_start("2026-12-24T00:00:00-05:00").isoformat()
    '2026-12-24T05:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text)
        # A moment at the end of the calendar may have no equal in UTC.
        start = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        start = None
    if start is None:
        fault = Fault("time off", "no moment", "the one of a button on the team's page; open the page again")
        raise RequestError(422, "invalid_absence", "Not canceled.", (fault,))
    return start


def parse_absence(typed: Mapping[str, str], practice: Practice, now: datetime, by: str) -> Absence:
    """Parse the form that says who is away: whole days, the last one included, on the practice's clock.

    Raises
    ------
    RequestError
        422 with the fields to fix.

    >>> typed = {"person": "ben", "first": "2026-12-24", "last": "2026-12-26"}
    >>> absence = parse_absence(typed, Practice(), datetime(2026, 12, 1, tzinfo=UTC), "max")
    >>> absence.starts_at.isoformat(), absence.ends_at.isoformat()
    ('2026-12-24T05:00:00+00:00', '2026-12-27T05:00:00+00:00')
    """
    days: list[date] = []
    faults = []
    today = now.astimezone(practice.zone).date()
    for name, label in (("first", "first day"), ("last", "last day")):
        try:
            days.append(datetime.fromisoformat(typed.get(name, "")).date())
        except ValueError:
            faults.append(Fault(label, "no day", "a day, such as 2026-12-24"))
            continue
        # Bounded before anything is computed with it: the calendar's last day has no day after it.
        if abs(days[-1] - today) > _MAX_AWAY:
            expected = "a day within a year" if name == "first" else "today or a day within a year"
            faults.append(Fault(label, "another day", expected))
    if not faults:
        first, last = days
        if last < first:
            faults.append(Fault("last day", "a day before the first", "the first day or a later one"))
        elif last < today:
            faults.append(Fault("last day", "another day", "today or a day within a year"))
    if faults:
        raise RequestError(422, "invalid_absence", "Not saved.", tuple(faults))
    starts_at = datetime.combine(first, time(), practice.zone)
    ends_at = datetime.combine(last + timedelta(days=1), time(), practice.zone)
    return Absence(typed.get("person", ""), starts_at.astimezone(UTC), ends_at.astimezone(UTC), by)


def _describe_presence(person: str, team: TeamOverview, own: list[Absence], display: DisplayText) -> str:
    away = next((each for each in own if each.starts_at <= display.now < each.ends_at), None)
    if away is not None:
        return f"Away through {_format_last_day(away, display)}"
    if person in team.present:
        return "Here now"
    seen = team.last_seen.get(person)
    return "Not signed in" if seen is None else f"Last here {display.format_moment(seen)}"


def _describe_absence(absence: Absence, display: DisplayText) -> str:
    today = display.now.astimezone(display.practice.zone).date()
    first = absence.starts_at.astimezone(display.practice.zone).date()
    return f"{display.practice.formats.format_day(first, today)} through {_format_last_day(absence, display)}"


def _format_last_day(absence: Absence, display: DisplayText) -> str:
    zone = display.practice.zone
    last = (absence.ends_at - timedelta(seconds=1)).astimezone(zone).date()
    return display.practice.formats.format_day(last, display.now.astimezone(zone).date())


def _describe_takes(clinics: tuple[str, ...], languages: tuple[str, ...], hours: tuple[str, ...]) -> str:
    return "; ".join(filter(None, [", ".join(clinics) or "All locations", ", ".join(languages), ", ".join(hours)]))
