"""What would this practice's own practice.toml say? A first draft from the leads, to be corrected by hand.

Lives here: services, clinics, payers, channels and campaigns by frequency; phrases of messages.
Does not live here: which spellings mean the same (``value_clustering``), hours and time zone (``hours_and_zone``), the
draft as a file (``draft_writer``), reading it (``practice_toml``).

What fewer than ten leads share is dropped and counted: it could point to a person.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from features.array_types import FloatArray, ObjectArray
from features.practice.practice import Practice, Service
from features.practice_file.frequent_phrases import MIN_PEOPLE, find_common_phrases
from features.practice_file.hours_and_zone import Guess, guess_hours, guess_zone
from features.practice_file.value_clustering import ValueCluster, cluster_values
from features.privacy.category_levels import select_showable
from features.tables.tables import Tables
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon

__all__ = ["Draft", "DraftEntry", "ColumnEntries", "draft_practice"]

OWN_ENTRY_SHARE = 0.15
"""A cluster becomes an entry when it has at least this share of the leads of the most frequent one."""

NEAR_SHARE = 0.15
"""A value is near an entry when they share at least this part of the value's words, weighted by distinctiveness."""

_MAX_ENTRIES = 60
_MAX_VALUE_LENGTH = 60
_FIELDS = {
    "services": "service_requested",
    "clinics": "preferred_clinic",
    "payers": "payer",
    "channels": "channel",
    "campaigns": "campaign",
}
_ALL_ENTRIES = ("payers", "channels", "campaigns")
"""Columns of which every cluster becomes an entry."""


@dataclass(frozen=True)
class DraftEntry:
    """One cluster of spellings as leads used it.

    Parameters
    ----------
    cluster : ValueCluster
    booking_rate : float
        Share of its leads with a known outcome that booked; NaN where there are too few.
    co_occurring : dict
        Values of its leads in other columns -> how many: ``payers`` and ``clinics`` of a service, ``postal_code`` and
        ``services`` of a clinic.
    possible_entry : str
        Name of the entry it may belong to; empty when nothing is near.
    """

    cluster: ValueCluster
    booking_rate: float
    co_occurring: Mapping[str, dict[str, int]] = field(default_factory=dict)
    possible_entry: str = ""


@dataclass(frozen=True)
class ColumnEntries:
    """The values of one column.

    Parameters
    ----------
    entries : tuple of Entry, most frequent first
    unassigned : tuple of Entry
        Rarer clusters that belong to no entry for certain.
    lead_count : int
        Leads with a value.
    dropped_values, dropped_leads : int
        Different values that fewer than ten leads share or that look personal, and how many leads had them.
    """

    entries: tuple[DraftEntry, ...] = ()
    unassigned: tuple[DraftEntry, ...] = ()
    lead_count: int = 0
    dropped_values: int = 0
    dropped_leads: int = 0


@dataclass(frozen=True)
class Draft:
    """What the leads tell about a practice.

    Parameters
    ----------
    leads : int
    period : tuple of str, first and last day; empty without dates
    services, clinics, payers, channels, campaigns : ColumnEntries
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
        """Return rows for a short table: column, entries, spellings in them, unassigned values, dropped values."""
        rows = []
        for name in _FIELDS:
            column: ColumnEntries = getattr(self, name)
            spellings = sum(len(entry.cluster.spellings) for entry in column.entries)
            dropped = f"{column.dropped_values:,} ({column.dropped_leads:,} leads)"
            rows.append((name, f"{len(column.entries):,}", f"{spellings:,}", f"{len(column.unassigned):,}", dropped))
        return rows


def draft_practice(tables: Tables) -> Draft:
    """Draft everything that the leads, their events and outcomes tell about the practice."""
    leads = tables.leads
    booked = _find_booked(tables)
    values = {name: _get_texts(leads, column) for name, column in _FIELDS.items()}
    postal_codes = np.array([code[:5] if code else None for code in _get_texts(leads, "postal_code")], object)
    columns = {name: _draft_column(name, values[name], booked) for name in _FIELDS}
    names = {name: _assign_entry_names(values[name], columns[name]) for name in _FIELDS}
    services = _add_co_occurring(
        columns["services"], names["services"], {key: names[key] for key in ("payers", "clinics")}
    )
    clinics = _add_co_occurring(
        columns["clinics"], names["clinics"], {"postal_code": postal_codes, "services": names["services"]}
    )
    zone = guess_zone(postal_codes)
    return Draft(
        leads=len(leads),
        period=_find_period(leads),
        services=services,
        clinics=clinics,
        payers=columns["payers"],
        channels=columns["channels"],
        campaigns=columns["campaigns"],
        zone=zone,
        hours=guess_hours(tables, zone.value if zone else Practice().timezone),
        phrases=tuple(_find_unserved_phrases(leads, services)),
    )


def _find_period(leads: pd.DataFrame) -> tuple[str, ...]:
    """Return the first and the last day of the leads; empty without dates."""
    if "created_at" not in leads or not len(leads):
        return ()
    return tuple(str(day.date()) for day in (leads["created_at"].min(), leads["created_at"].max()))


def _get_texts(leads: pd.DataFrame, column: str) -> ObjectArray:
    """Return a column of texts, None where there is none."""
    return leads[column].to_numpy(object) if column in leads else np.full(len(leads), None, object)


def _find_booked(tables: Tables) -> FloatArray:
    """Return for each lead 1 booked, 0 did not, NaN unknown."""
    if tables.label is not None:
        return tables.label.to_numpy(float)
    outcomes = tables.outcomes
    if not len(outcomes):
        return np.full(len(tables.leads), np.nan)
    ids = tables.leads["lead_id"]
    has_outcome = ids.isin(outcomes["lead_id"]).to_numpy()
    return np.where(has_outcome, ids.isin(outcomes["lead_id"][outcomes["stage"] == "booked"]).to_numpy(float), np.nan)


def _draft_column(name: str, values: ObjectArray, booked: FloatArray) -> ColumnEntries:
    """Cluster the values of one column; the clusters that are frequent enough, or all of them, become entries."""
    counts = Counter(value for value in values if value is not None)
    shared = {
        value: count for value, count in counts.items() if count >= MIN_PEOPLE and len(value) <= _MAX_VALUE_LENGTH
    }
    showable = set(select_showable(_FIELDS[name], list(shared)))
    shared = {value: count for value, count in shared.items() if value in showable}
    clusters = cluster_values(shared, contained=name in ("clinics", "payers"))
    # Against the most frequent, not against all: of sixty services none need have a large share of the leads.
    limit = 0.0 if name in _ALL_ENTRIES or not clusters else OWN_ENTRY_SHARE * clusters[0].leads
    frequent = [cluster for cluster in clusters if cluster.leads >= limit][:_MAX_ENTRIES]
    rates = _compute_booking_rates(values, booked, clusters)
    stem_counts = Counter(stem for cluster in clusters for stem in _get_stems(cluster))
    unassigned = tuple(
        DraftEntry(cluster, rates[cluster.name], possible_entry=_find_nearest_entry(cluster, frequent, stem_counts))
        for cluster in clusters
        if cluster not in frequent
    )
    return ColumnEntries(
        entries=tuple(DraftEntry(cluster, rates[cluster.name]) for cluster in frequent),
        unassigned=unassigned,
        lead_count=counts.total(),
        dropped_values=len(counts) - len(shared),
        dropped_leads=counts.total() - sum(shared.values()),
    )


def _compute_booking_rates(values: ObjectArray, booked: FloatArray, clusters: list[ValueCluster]) -> dict[str, float]:
    """Compute for each cluster's name the share of its leads with a known outcome that booked."""
    name_by_spelling = {spelling: cluster.name for cluster in clusters for spelling in cluster.spellings}
    leads: Counter[str] = Counter()
    bookings: Counter[str] = Counter()
    for value, has_booked in zip(values, booked, strict=True):
        name = name_by_spelling.get(value)
        if name is not None and not np.isnan(has_booked):
            leads[name] += 1
            bookings[name] += has_booked
    return {
        cluster.name: bookings[cluster.name] / leads[cluster.name] if leads[cluster.name] >= MIN_PEOPLE else np.nan
        for cluster in clusters
    }


def _find_nearest_entry(cluster: ValueCluster, entries: list[ValueCluster], stem_counts: Counter[str]) -> str:
    """Return the one entry that shares distinctive words with a cluster.

    Empty where two are equally near, or where such words are a small part of the cluster's. A word is the more
    distinctive, the fewer clusters have it: "surgery" does not make a cataract surgery a spine surgery.
    """
    cluster_stems = _get_stems(cluster)
    score = {entry.name: sum(1 / stem_counts[stem] for stem in cluster_stems & _get_stems(entry)) for entry in entries}
    # The second best is needed too: of two equally near entries neither is taken.
    best = sorted(score, key=lambda name: -score[name])[:2]
    if not best or score[best[0]] < NEAR_SHARE * sum(1 / stem_counts[stem] for stem in cluster_stems):
        return ""
    return best[0] if len(best) == 1 or score[best[0]] > score[best[1]] else ""


def _get_stems(cluster: ValueCluster) -> set[str]:
    return {stem for form in cluster.forms for stem in form}


def _assign_entry_names(values: ObjectArray, column: ColumnEntries) -> ObjectArray:
    """Return for each value the name of its entry, None where it has none."""
    names = {spelling: entry.cluster.name for entry in column.entries for spelling in entry.cluster.spellings}
    return np.array([names.get(value) for value in values], object)


def _add_co_occurring(column: ColumnEntries, names: ObjectArray, others: dict[str, ObjectArray]) -> ColumnEntries:
    """Add to each entry the values of other columns that at least ten of its leads share."""
    pairs: dict[str, Counter[tuple[str, str]]] = {
        other: Counter(pair for pair in zip(names, values, strict=True) if None not in pair)
        for other, values in others.items()
    }

    def count_values(name: str) -> dict[str, dict[str, int]]:
        return {
            other: {
                value: count
                for (entry_name, value), count in counts.most_common()
                if entry_name == name and count >= MIN_PEOPLE
            }
            for other, counts in pairs.items()
        }

    entries = (replace(entry, co_occurring=count_values(entry.cluster.name)) for entry in column.entries)
    return replace(column, entries=tuple(entries))


def _find_unserved_phrases(leads: pd.DataFrame, services: ColumnEntries) -> list[tuple[str, int]]:
    """Find common phrases of the messages that name none of the drafted services."""
    if "message" not in leads:
        return []
    drafted = Practice(
        services=tuple(Service(entry.cluster.name, tuple(entry.cluster.spellings)) for entry in services.entries)
    )
    # Who wrote it: the person where there is one, else the address, the number, the lead itself.
    person = leads["lead_id"].astype(str)
    for column in ("phone", "email", "person_id"):
        if column in leads:
            person = leads[column].where(leads[column].notna(), person)
    writers = zip(person.to_numpy(object), _get_texts(leads, "message"), strict=True)
    messages = [(writer, message) for writer, message in writers if message is not None]
    return find_common_phrases(messages, MessageReader.of(PhraseLexicon.load_default(), drafted))
