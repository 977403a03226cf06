"""Which column of a CRM export becomes which of our columns?

Lives here: ``Mapping``, loaded from one TOML file that people can read and checked, and the same renaming for one JSON
payload.
Does not live here: proposing a mapping (``profiling.export_profile``), parsing values (``parsing.scalars``), applying
it to a file (``tables``), the sections of the mapping file (``mapping_sections``).
"""

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from features.errors import MappingError
from features.mapping.joined_exports import JoinedExport
from features.mapping.mapping_sections import format_sections, parse_sections
from features.mapping.payload_columns import PayloadColumns
from features.mapping.validation import find_mapping_faults, find_missing_columns, raise_faults
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.number_formats import NumberFormat
from features.parsing.scalars import normalize_missing_markers
from features.schema import CUSTOM_PREFIX, TABLES

__all__ = ["ROW_NUMBER", "Mapping", "read_mapping"]

ROW_NUMBER = "row number"
"""Value of ``order_by`` for a file whose rows are in time order."""


@dataclass(frozen=True)
class Mapping:
    """Describe how the columns of one export correspond to ours.

    Parameters
    ----------
    separator, encoding, sheet : str, optional
        How to read the file; detected if omitted.
    missing : tuple of str
        Texts that mean "missing" in this export, such as "Select", in addition to the usual ones.
    answers : dict
        Header in the leads -> texts that are answers there although they usually mean "missing", with their meaning.
    day_first : bool, optional
        Whether 03/04/2026 is April 3, in columns that ``dates`` says nothing about; detected for each column if
        omitted.
    dates : dict
        Header of a date in the leads, or ``table.header`` in another table -> how it is written, as decided from the
        values of the column: a value that comes alone is read the same.
    numbers : dict
        The same for numbers: header -> decimal sign and unit.
    allow_unmatched : bool
        Go on where many events or outcomes find no lead, without those rows.
    leads, events, outcomes, spend : dict
        Our column -> the header in the export.
    sql : dict
        Our table -> the query that reads it from a database in which the table has another name.
    order_by : str, optional
        For a file without dates: the header of the column that increases with time, or "row number".
    order_newest_first : bool
        Whether ``order_by`` runs from the newest lead to the oldest.
    label_column : str, optional
        Header of the column with the outcome of each lead. ``booked`` and ``not_booked`` list the values of each class,
        ``open`` those of leads that are not decided yet: such leads are no negatives. An empty text or "(blank)" stands
        for empty cells, "(date)" for any date and "(filled)" for any value that no list names.
    label_final : bool, optional
        Whether the outcome of every labeled lead is final, so that not even the newest are left out as unripe; decided
        by the booking rates of the newest leads if omitted.
    label_known_at : str, optional
        Header of the column with the date on which the label became known, such as the day of the appointment. It may
        be mapped or custom as well.
    label_open_days : int, optional
        A lead whose cell is empty, or has a value of ``label_initial``, is still open until it is this many days old,
        and decided after that.
    label_initial : tuple of str
        Values in which every booking begins, such as "Scheduled". ``label_known_at`` then is the day of the visit: a
        lead whose day lies after the newest lead is open, whatever its label.
    label_decided_by : str, optional
        Header of a column of yes and no that says which leads are closed, or lost: a lead that the label calls not
        booked is still open without a yes there.
    custom : dict
        Header -> one of ``schema.CUSTOM_KINDS``.
    leave_out : dict
        Header -> why the column must not be used.
    keep_on_purpose : tuple of str
        Columns used on purpose although they are barred or suspect.
    leads_file : str, optional
        The file of a folder that holds the leads, where its name is not ``leads``.
    joined : dict
        File of the folder -> how its rows become events or outcomes of the leads.

    >>> Mapping.from_dict({"version": 1, "leads": {"source": "Lead Source"}}).find_header("source")
    'Lead Source'
    """

    separator: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    missing: tuple[str, ...] = ()
    day_first: bool | None = None
    dates: dict[str, DateFormat] = field(default_factory=dict)
    numbers: dict[str, NumberFormat] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    allow_unmatched: bool = False
    leads: dict[str, str] = field(default_factory=dict)
    order_by: str | None = None
    order_newest_first: bool = False
    label_column: str | None = None
    label_known_at: str | None = None
    booked: tuple[str, ...] = ()
    not_booked: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    label_final: bool | None = None
    label_open_days: int | None = None
    label_initial: tuple[str, ...] = ()
    label_decided_by: str | None = None
    custom: dict[str, str] = field(default_factory=dict)
    leave_out: dict[str, str] = field(default_factory=dict)
    keep_on_purpose: tuple[str, ...] = ()
    events: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    spend: dict[str, str] = field(default_factory=dict)
    sql: dict[str, str] = field(default_factory=dict)
    leads_file: str | None = None
    joined: dict[str, JoinedExport] = field(default_factory=dict)

    @classmethod
    def identity(cls) -> "Mapping":
        """Return the mapping of a file that uses our names; any other column becomes custom."""
        return cls()

    @classmethod
    def from_dict(cls, settings: dict[str, Any], where: str = "mapping") -> "Mapping":
        """Build the mapping from the settings of a mapping file or ``to_dict``.

        Raises
        ------
        MappingError
            If the settings contradict themselves; it lists every fault.
        """
        raise_faults(where, find_mapping_faults(settings))
        return cls(**parse_sections(settings))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for TOML or JSON in the structure of a mapping file, without empty settings.

        >>> Mapping.identity().to_dict()
        {'version': 1}
        """
        return format_sections({entry.name: getattr(self, entry.name) for entry in fields(self)})

    def find_header(self, column: str, table: str = "leads") -> str:
        """Return the header of our column in the export: the mapped one, else our own name."""
        return getattr(self, table).get(column, column)

    def find_date_format(self, header: str, table: str = "leads") -> DateFormat | None:
        """Return how the dates of a column are written; None if the mapping says nothing about it.

        >>> mapping = Mapping.from_dict({"version": 1, "file": {"day_first": True}})
        >>> mapping.find_date_format("occurred_at", "events").order
        'day_first'
        """
        stated = self.dates.get(header if table == "leads" else f"{table}.{header}")
        if stated is not None and stated.order is not None:
            return stated
        if self.day_first is None:
            return stated
        order = "day_first" if self.day_first else "month_first"
        # What is said of the whole file need not hold for dates that are only possible in the other order.
        return replace(stated or DateFormat(), order=order, strict=False)

    def find_number_format(self, header: str, table: str = "leads") -> NumberFormat | None:
        """Return how the numbers of a column are written; None if the mapping says nothing about it."""
        return self.numbers.get(header if table == "leads" else f"{table}.{header}")

    def find_event_format(self) -> DateFormat | None:
        """Return how the times of events in a JSON payload are written: as in the events table, else as created_at.

        >>> mapping = Mapping.from_dict({"version": 1, "dates": {"created_at": {"order": "day_first"}}})
        >>> mapping.find_event_format()
        DateFormat(order='day_first', strict=False, zone=None, time_of_day=None, time_column=None)
        """
        stated = self.find_date_format(self.find_header("occurred_at", "events"), "events")
        cutoff = self.find_cutoff_format()
        if cutoff is None or (stated is not None and stated.order is not None):
            return stated
        return cutoff if stated is None else replace(stated, order=cutoff.order, strict=False)

    def find_cutoff_format(self) -> DateFormat | None:
        """Return how the cutoff of a JSON payload is written: as created_at, because one program writes both."""
        created_at = self.find_date_format(self.find_header("created_at"))
        return None if created_at is None else DateFormat(created_at.order, strict=False, zone=created_at.zone)

    @cached_property
    def missing_texts(self) -> frozenset[str]:
        """Return every text that means "missing": the usual ones and those of this export."""
        return normalize_missing_markers(self.missing)

    def match_headers(self, table: str, headers: Iterable[str]) -> dict[str, str]:
        """Return our column -> header, for the headers of a file: mapped columns, and unmapped ones with our name."""
        mapped = getattr(self, table)
        others = (*self.custom, *self.leave_out, *self.time_columns)
        others += (self.label_column, self.label_known_at, self.label_decided_by, self.order_by)
        assigned = {*mapped.values(), *(others if table == "leads" else ())}
        same_name = {
            name: name
            for name in headers
            if name in TABLES[table].by_name and name not in mapped and name not in assigned
        }
        return {column: header for column, header in (mapped | same_name).items() if header in set(headers)}

    def check_headers(self, table: str, headers: Iterable[str], where: str, scoring: bool = False) -> None:
        """Check that a file has every column of this mapping.

        With ``scoring``, only the columns that identify a row are required; all others may be absent.

        Raises
        ------
        MappingError
            If columns are missing; it lists each with the most similar header.
        """
        headers_by_setting = {f"{table}.{column}": header for column, header in getattr(self, table).items()}
        if scoring:
            headers_by_setting = {
                column: header
                for column, header in headers_by_setting.items()
                if column.endswith((".lead_id", ".created_at"))
            }
        elif table == "leads":
            order = {} if self.order_by in (None, ROW_NUMBER) else {"leads.order_by": self.order_by}
            label = {
                "label.column": self.label_column,
                "label.known_at": self.label_known_at,
                "label.decided_by": self.label_decided_by,
            }
            label = {where: header for where, header in label.items() if header is not None}
            headers_by_setting |= (
                order
                | label
                | {f"custom.{name!r}": name for name in self.custom}
                | {f"leave_out.{name!r}": name for name in self.leave_out}
            )
        raise_faults(where, find_missing_columns(headers_by_setting, list(headers)))

    def rename_payload(self, payload: dict[str, Any], as_written: Collection[str] = ()) -> dict[str, Any]:
        """Rename the keys of one flat JSON payload to our columns, as for a row of an export.

        Headers of the export, our names and a ``custom`` object may be mixed, in any spelling (see
        ``find_payload_column``). Missing markers become None. Unknown keys become ``custom:<key>``. Columns left out,
        the label and the order are dropped. ``events``, ``outcomes`` and ``cutoff`` pass through unchanged. No value is
        converted.

        Parameters
        ----------
        as_written : collection of str
            Keys with a meaning of their own, such as a CRM's field names, that are not compared by spelling.

        >>> mapping = Mapping.from_dict(
        ...     {"version": 1, "file": {"missing": ["Select"]}, "leads": {"source": "Lead Source"}}
        ... )
        >>> mapping.rename_payload({"Lead Source": "Select", "message": "knee", "custom": {"Total Visits": 3}})
        {'source': None, 'message': 'knee', 'custom:Total Visits': 3}
        """
        return self.payload_columns.rename(payload, self.missing_texts, as_written)

    def find_payload_column(self, key: str) -> str | None:
        """Return our column for one key of a payload; None for a column left out, the label or the order.

        A header of the export and our own names come first, as they are written. Then spelling does not matter:
        capitals, spaces, hyphens and underscores are the same, and every name counts under which ``inspect`` knows one
        of our columns. Any other key is a custom column.

        >>> [Mapping.identity().find_payload_column(key) for key in ("E-Mail", "Phone Number", "zip", "Shoe size")]
        ['email', 'phone', 'postal_code', 'custom:Shoe size']
        """
        return self.payload_columns.find_column(key)

    def is_time_of_day(self, key: str) -> bool:
        """Return whether a key of a payload holds the time of day of one of the dates."""
        return self.payload_columns.is_time_of_day(key)

    @cached_property
    def time_columns(self) -> dict[str, str]:
        """Return the header of each time of day in the leads -> the header of its date."""
        leads = {name: entry for name, entry in self.dates.items() if entry.time_column is not None}
        return {entry.time_column: name for name, entry in leads.items() if name.partition(".")[0] not in TABLES}

    @cached_property
    def payload_columns(self) -> PayloadColumns:
        """What the keys of payloads mean: header -> our column; None for columns left out."""
        unused = (*self.leave_out, *self.time_columns, self.label_column, self.label_known_at, self.label_decided_by)
        unused += (self.order_by,)
        dropped = dict.fromkeys(name for name in unused if name is not None)
        custom = {name: CUSTOM_PREFIX + name for name in self.custom}
        # Later dictionaries win: a mapped column is used even if it also serves as the order or the label date.
        by_header = dropped | custom | {header: column for column, header in self.leads.items()}
        return PayloadColumns(by_header, self.time_columns, self.answers)


def read_mapping(path: str | Path | None) -> Mapping:
    """Load the mapping of a TOML file; return the identity if ``path`` is None.

    Raises
    ------
    MappingError
        If the file is missing, is not TOML, or contradicts itself; it lists every fault.
    """
    if path is None:
        return Mapping.identity()
    try:
        settings = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError):
        raise MappingError(
            f"mapping: there is no file {str(path)!r}. "
            f"Create one with `leadlight inspect EXPORT --out {Path(path).name}`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise MappingError(
            f"mapping: {str(path)!r} is not readable as TOML: {fault}. Fix that line and try again."
        ) from None
    return Mapping.from_dict(settings, where=str(path))
