"""Which other exports of a folder are joined to the leads, and by which of their columns?

Lives here: one ``[joined."calls.csv"]`` section of a mapping, and its faults.
Does not live here: joining (``features.joins``), guessing the section (``profiling.folder_profile``).
"""

from dataclasses import dataclass, field
from typing import Any

from features.did_you_mean import suggest_name
from features.parsing.dates.date_evidence import ORDERS

__all__ = ["JOIN_KEYS", "JOIN_ROLES", "JoinedExport", "find_joined_faults"]

JOIN_KEYS = ("lead_id", "person_id", "email", "phone")
"""Columns of leads by which rows find their lead, the surest first."""

JOIN_ROLES = {
    "events": ("occurred_at", "time_of_day", "kind", "direction", "answer", "duration_s", "campaign", "phone_called"),
    "outcomes": ("occurred_at", "time_of_day", "recorded_at", "status"),
}
"""Table -> what a column of the export can be. ``phone_called`` is the number that an outbound call went to;
``recorded_at`` is when an appointment was booked, ``occurred_at`` when the visit is."""

_SETTINGS: dict[str, type] = {
    "becomes": str,
    "keys": dict,
    "columns": dict,
    "booked": list,
    "attended": list,
    "not_booked": list,
    "date_order": str,
    "allow_unmatched": bool,
}


@dataclass(frozen=True)
class JoinedExport:
    """Say what one other export of the folder becomes.

    Parameters
    ----------
    becomes : {"events", "outcomes"}
    keys : dict
        One of ``JOIN_KEYS`` -> header of the export.
    columns : dict
        One of ``JOIN_ROLES`` -> header of the export.
    booked, attended, not_booked : tuple of str
        Statuses of an appointment list: of visits that were booked, whatever became of them; of those, the ones that
        took place; and of rows that are no booking.
    date_order : str, optional
        ``day_first``, ``month_first`` or ``year_first``, where the values do not prove it.
    allow_unmatched : bool
        Whether to go on although many rows find no lead.
    """

    becomes: str
    keys: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    booked: tuple[str, ...] = ()
    attended: tuple[str, ...] = ()
    not_booked: tuple[str, ...] = ()
    date_order: str | None = None
    allow_unmatched: bool = False

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> "JoinedExport":
        """Build the section from the settings of a mapping file."""
        lists = {name: tuple(settings.get(name, ())) for name in ("booked", "attended", "not_booked")}
        return cls(**{**settings, **lists})

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a mapping file has them, without empty ones.

        >>> JoinedExport("events", {"phone": "Phone Number"}, {"occurred_at": "Start Time"}).to_dict()
        {'becomes': 'events', 'keys': {'phone': 'Phone Number'}, 'columns': {'occurred_at': 'Start Time'}}
        """
        settings = {name: getattr(self, name) for name in _SETTINGS}
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
        return {name: value for name, value in listed.items() if value not in (None, [], {}, False)}


def find_joined_faults(sections: dict[str, Any]) -> list[str]:
    """Return every fault of the ``[joined]`` sections of a mapping.

    >>> find_joined_faults({"calls.csv": {"becomes": "event", "keys": {}, "columns": {}}})
    ["[joined.'calls.csv'] becomes 'event', expected events or outcomes."]
    """
    faults = []
    for file, section in sections.items():
        where = f"[joined.{file!r}]"
        if not isinstance(section, dict):
            faults.append(f"{where} is {section!r}, expected a section with becomes, keys and columns.")
            continue
        faults += [
            f"{where} {name!r} is not a known setting. {suggest_name(name, _SETTINGS)}"
            for name in section
            if name not in _SETTINGS
        ]
        wrong = [name for name, kind in _SETTINGS.items() if name in section and not isinstance(section[name], kind)]
        faults += [f"{where} {name} is {section[name]!r}, which is of the wrong type." for name in wrong]
        if section.get("becomes") not in JOIN_ROLES:
            faults.append(f"{where} becomes {section.get('becomes')!r}, expected events or outcomes.")
        elif not wrong:
            faults += _check_columns(where, section)
    return faults


def _check_columns(where: str, section: dict[str, Any]) -> list[str]:
    """Return the faults of the keys, the columns and the lists of a section."""
    keys, columns = section.get("keys", {}), section.get("columns", {})
    roles = JOIN_ROLES[section["becomes"]]
    faults = [f"{where} keys: {suggest_name(name, JOIN_KEYS)}" for name in keys if name not in JOIN_KEYS]
    faults += [
        f"{where} columns: {name!r} is unknown. {suggest_name(name, roles)}" for name in columns if name not in roles
    ]
    faults += [
        f"{where} {name} is {header!r}, expected the header of a column in quotes."
        for name, header in (*keys.items(), *columns.items())
        if not isinstance(header, str)
    ]
    if not keys:
        faults.append(f"{where} has no keys, expected at least one of {', '.join(JOIN_KEYS)}.")
    if "occurred_at" not in columns and "recorded_at" not in columns:
        faults.append(f"{where} names no date. Name its column as occurred_at under columns.")
    if section.get("date_order") not in (None, *ORDERS):
        faults.append(f"{where} date_order is {section['date_order']!r}, expected one of {', '.join(ORDERS)}.")
    shared = {*section.get("booked", ())} & {*section.get("not_booked", ())}
    faults += [f"{where} has {value!r} in both booked and not_booked. Keep one." for value in sorted(map(str, shared))]
    return faults
