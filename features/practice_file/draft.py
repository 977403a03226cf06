"""What would this practice's own practice.toml say? A first draft from the leads, to be corrected by hand.

Lives here: services, clinics, payers, channels and campaigns by frequency; guesses at hours and time zone; phrases of
messages. Does not live here: which spellings mean the same (``spelled_alike``), the draft as a file (``draft_file``),
reading it (``practice``).

What fewer than ten leads share is left out and counted: it could point to a person.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from features.array_types import FloatArray, ObjectArray
from features.calendar.opening_hours import WEEKDAYS
from features.calendar.timezones import to_local_time, to_utc_times
from features.practice.practice import Practice, Service
from features.practice.zip_codes import load_zip_map
from features.practice_file.frequent_phrases import MIN_PEOPLE, find_common_phrases
from features.practice_file.value_clustering import ValueCluster, cluster_values
from features.tables.tables import Tables
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon

__all__ = ["Draft", "Entry", "Guess", "ColumnEntries", "draft_practice"]

OWN_ENTRY_SHARE = 0.15
"""A group of spellings gets an entry of its own when it has at least this share of the leads of the most frequent one.
"""

NEAR_SHARE = 0.15
"""A wording is near an entry when the words they share carry at least this part of what its words tell."""

_MAX_ENTRIES = 60
_MAX_VALUE_LENGTH = 60
_MIN_CALLS = 200
_PERSONAL = re.compile(r"@|(?:\d\D?){6}")
_FIELDS = {
    "services": "service_requested",
    "clinics": "preferred_clinic",
    "payers": "payer",
    "channels": "channel",
    "campaigns": "campaign",
}
_CALL_KINDS = ("inbound_call", "outbound_call")


@dataclass(frozen=True)
class Entry:
    """One group of spellings as leads used it.

    Parameters
    ----------
    group : Group
    booking_rate : float
        Share of its leads with a known end that booked; NaN where none is known.
    co_occurring : dict
        What its leads said elsewhere -> how many: ``payers`` and ``clinics`` of a service, ``postal_code`` of a clinic.
    possible_entry : str
        Name of the entry it may belong to; empty when nothing is near.
    """

    group: ValueCluster
    booking_rate: float
    co_occurring: Mapping[str, dict[str, int]] = field(default_factory=dict)
    possible_entry: str = ""


@dataclass(frozen=True)
class ColumnEntries:
    """What one column says.

    Parameters
    ----------
    entries : tuple of Entry, most frequent first
    unassigned : tuple of Entry
        Rarer wordings that nothing joins to an entry.
    lead_count : int
        Leads that said something.
    dropped_values, dropped_leads : int
        Different values that fewer than ten leads share or that look personal, and how many leads had them.
    """

    entries: tuple[Entry, ...] = ()
    unassigned: tuple[Entry, ...] = ()
    lead_count: int = 0
    dropped_values: int = 0
    dropped_leads: int = 0


@dataclass(frozen=True)
class Guess:
    """A value, and what speaks for it in words."""

    value: Any
    evidence: str


@dataclass(frozen=True)
class Draft:
    """What the leads tell of a practice.

    Parameters
    ----------
    leads : int
    period : tuple of str, first and last day; empty without dates
    services, clinics, payers, channels, campaigns : Words
    zone, hours : Guess or None
    phrases : tuple of (str, int)
        Phrases of messages that name no service, and how many people used each.
    """

    leads: int
    period: tuple[str, ...]
    services: ColumnEntries
    clinics: ColumnEntries
    payers: ColumnEntries
    channels: ColumnEntries
    campaigns: ColumnEntries
    zone: Guess | None
    hours: Guess | None
    phrases: tuple[tuple[str, int], ...]

    def summarize(self) -> list[tuple[str, str, str, str, str]]:
        """Rows for a short table: what, entries, spellings in them, wordings to place by hand, values left out."""
        rows = []
        for name in _FIELDS:
            words: ColumnEntries = getattr(self, name)
            spellings = sum(len(entry.group.spellings) for entry in words.entries)
            rows.append(
                (
                    name,
                    f"{len(words.entries):,}",
                    f"{spellings:,}",
                    f"{len(words.unassigned):,}",
                    f"{words.dropped_values:,} ({words.dropped_leads:,} leads)",
                )
            )
        return rows


def draft_practice(tables: Tables) -> Draft:
    """Everything that the leads, their events and outcomes tell of the practice."""
    leads = tables.leads
    booked = _booking_labels(tables)
    columns = {name: _get_texts(leads, column) for name, column in _FIELDS.items()}
    zips = np.array([code[:5] if code else None for code in _get_texts(leads, "postal_code")], object)
    found = {
        name: _group_column(
            values, booked, contained=name in ("clinics", "payers"), all_own=name in ("payers", "channels", "campaigns")
        )
        for name, values in columns.items()
    }
    names = {name: _assign_entry_names(values, found[name]) for name, values in columns.items()}
    services = _add_co_occurring(
        found["services"], names["services"], {"payers": names["payers"], "clinics": names["clinics"]}
    )
    clinics = _add_co_occurring(
        found["clinics"], names["clinics"], {"postal_code": zips, "services": names["services"]}
    )
    zone = _guess_zone(zips)
    created = leads["created_at"] if "created_at" in leads else None
    return Draft(
        leads=len(leads),
        period=()
        if created is None or not len(created)
        else tuple(str(day.date()) for day in (created.min(), created.max())),
        **found | {"services": services, "clinics": clinics},
        zone=zone,
        hours=_guess_hours(tables, zone.value if zone else Practice().timezone),
        phrases=tuple(_find_unserved_phrases(leads, services)),
    )


def _get_texts(leads: Any, column: str) -> ObjectArray:
    """A column of texts, None where nothing is said."""
    return leads[column].to_numpy(object) if column in leads else np.full(len(leads), None, object)


def _booking_labels(tables: Tables) -> FloatArray:
    """1 booked, 0 did not, NaN not known, for each lead."""
    if tables.label is not None:
        return tables.label.to_numpy(float)
    outcomes = tables.outcomes
    if not len(outcomes):
        return np.full(len(tables.leads), np.nan)
    ids = tables.leads["lead_id"]
    known = ids.isin(outcomes["lead_id"]).to_numpy()
    return np.where(known, ids.isin(outcomes["lead_id"][outcomes["stage"] == "booked"]).to_numpy(float), np.nan)


def _group_column(values: ObjectArray, booked: FloatArray, contained: bool, all_own: bool) -> ColumnEntries:
    """The groups of one column; those that are frequent enough, or all of them, as entries."""
    counts = Counter(value for value in values if value is not None)
    shared = {
        value: count
        for value, count in counts.items()
        if count >= MIN_PEOPLE and len(value) <= _MAX_VALUE_LENGTH and not _PERSONAL.search(value)
    }
    groups = cluster_values(shared, contained)
    own = [group for group in groups if all_own or group.leads >= OWN_ENTRY_SHARE * groups[0].leads][:_MAX_ENTRIES]
    rate = _booking_rates(values, booked, groups)
    entries = tuple(Entry(group, rate[group.name]) for group in own)
    held_by = Counter(word for group in groups for word in _get_words(group))
    unplaced = tuple(
        Entry(group, rate[group.name], possible_entry=_find_nearest_entry(group, own, held_by))
        for group in groups
        if group not in own
    )
    said = counts.total()
    return ColumnEntries(entries, unplaced, said, len(counts) - len(shared), said - sum(shared.values()))


def _booking_rates(values: ObjectArray, booked: FloatArray, groups: list[ValueCluster]) -> dict[str, float]:
    """Name of each group -> share of its leads with a known end that booked."""
    name_of = {spelling: group.name for group in groups for spelling in group.spellings}
    known: Counter[str] = Counter()
    won: Counter[str] = Counter()
    for value, end in zip(values, booked, strict=True):
        name = name_of.get(value)
        if name is not None and end == end:
            known[name] += 1
            won[name] += end
    return {
        group.name: won[group.name] / known[group.name] if known[group.name] >= MIN_PEOPLE else float("nan")
        for group in groups
    }


def _find_nearest_entry(group: ValueCluster, entries: list[ValueCluster], held_by: Counter[str]) -> str:
    """The one entry that shares words with it that tell; empty where two are as near, or where such words are a small
    part of it.

    A word tells the more, the fewer groups hold it: "surgery" does not make a cataract surgery a spine surgery.
    """
    mine = _get_words(group)
    score = {entry.name: sum(1 / held_by[word] for word in mine & _get_words(entry)) for entry in entries}
    best = sorted(score, key=lambda name: -score[name])[:2]
    if not best or score[best[0]] < NEAR_SHARE * sum(1 / held_by[word] for word in mine):
        return ""
    return best[0] if len(best) == 1 or score[best[0]] > score[best[1]] else ""


def _get_words(group: ValueCluster) -> set[str]:
    return {word for form in group.forms for word in form}


def _assign_entry_names(values: ObjectArray, words: ColumnEntries) -> ObjectArray:
    """Each value as the name of its entry, None where it has none."""
    name_of = {spelling: entry.group.name for entry in words.entries for spelling in entry.group.spellings}
    return np.array([name_of.get(value) for value in values], object)


def _add_co_occurring(words: ColumnEntries, names: ObjectArray, others: dict[str, ObjectArray]) -> ColumnEntries:
    """The entries with what their leads said in other columns, where at least ten said the same."""
    counted: dict[str, Counter[tuple[str, str]]] = {
        other: Counter(pair for pair in zip(names, values, strict=True) if None not in pair)
        for other, values in others.items()
    }

    def also(name: str) -> dict[str, dict[str, int]]:
        return {
            other: {value: count for (of, value), count in pairs.most_common() if of == name and count >= MIN_PEOPLE}
            for other, pairs in counted.items()
        }

    return replace(words, entries=tuple(replace(entry, co_occurring=also(entry.group.name)) for entry in words.entries))


def _guess_zone(zips: ObjectArray) -> Guess | None:
    """The time zone in which most leads live."""
    codes = [code for code in zips if code is not None]
    numbers = load_zip_map().zone[load_zip_map().find_positions(codes)] if codes else np.empty(0, np.intp)
    zones = Counter(numbers[numbers >= 0].tolist())
    if zones.total() < MIN_PEOPLE:
        return None
    number, count = zones.most_common(1)[0]
    return Guess(
        load_zip_map().zones[number],
        f"a guess: {100 * count / zones.total():.0f} in 100 of the leads' ZIP codes lie there",
    )


def _guess_hours(tables: Tables, zone: str) -> Guess | None:
    """When calls are made and answered: between the 2nd and the 98th in 100, to the half hour; else when leads arrive,
    with a warning.
    """
    events = tables.events
    calls = events[events["kind"].isin(_CALL_KINDS)] if len(events) else events
    if len(calls) >= _MIN_CALLS:
        lines = _cover_hours(to_local_time(to_utc_times(calls["occurred_at"]), zone))
        return Guess(lines, f"a guess from {len(calls):,} calls made and answered") if lines else None
    if "created_at" not in tables.leads or len(tables.leads) < _MIN_CALLS:
        return None
    lines = _cover_hours(to_local_time(to_utc_times(tables.leads["created_at"]), zone))
    return (
        Guess(lines, "a weak guess: the data holds too few calls, so this is when leads arrive, not when you answer")
        if lines
        else None
    )


def _cover_hours(times: np.ndarray) -> list[str]:
    """Opening hours that hold most of these local times: a line for Monday to Friday, one for each day of the weekend
    with its share.
    """
    times = times[~np.isnat(times)]
    weekday = (times.astype("datetime64[D]").astype(np.int64) + 3) % 7
    minute = (times - times.astype("datetime64[D]")).astype("timedelta64[m]").astype(int)
    lines = []
    for days, least in ((range(5), 0.2), ((5,), 0.04), ((6,), 0.04)):
        of_days = np.isin(weekday, list(days))
        if of_days.mean() >= least:
            low, high = np.quantile(minute[of_days], (0.02, 0.98))
            start, end = int(low // 30 * 30), int(-(-high // 30) * 30)
            if start < end:
                named = "-".join(dict.fromkeys(WEEKDAYS[day].capitalize() for day in (days[0], days[-1])))
                lines.append(f"{named} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return lines


def _find_unserved_phrases(leads: Any, services: ColumnEntries) -> list[tuple[str, int]]:
    """Common phrases of the messages that name none of the drafted services."""
    if "message" not in leads:
        return []
    drafted = Practice(
        services=tuple(Service(entry.group.name, tuple(entry.group.spellings)) for entry in services.entries)
    )
    who = leads["lead_id"].astype(str).to_numpy(object)
    for column in ("phone", "email", "person_id"):
        given = _get_texts(leads, column)
        who = np.array([one if other is None else other for one, other in zip(who, given, strict=True)], object)
    said = [
        (person, message)
        for person, message in zip(who, _get_texts(leads, "message"), strict=True)
        if message is not None
    ]
    return find_common_phrases(said, MessageReader.of(PhraseLexicon.load_default(), drafted))
