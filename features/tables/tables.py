"""Which rows can we trust? One export, a folder of them, or a database -> validated ``Tables``, with every fault in one
report.

Lives here: ``Tables``, reading them, and the faults between columns and between tables.
Does not live here: the leads' own columns (``leads_table``), the text of the report (``table_report``), reading files
and databases (``features.readers``), renaming (``features.mapping``), one value (``features.parsing``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.calendar.timezones import to_utc_times
from features.joins.source_tables import join_exports, read_raw_tables
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.frame_writer import write_frame
from features.readers.memory_frames import Source
from features.readers.raw_files import RawFrame
from features.schema import TABLES
from features.tables.column_conversion import ValueFormat
from features.tables.data_end import VisitCounts, find_latest
from features.tables.date_columns import DateDecision, complete_mapping, decide_dates, refuse_questions
from features.tables.lead_join import LeadJoin, require_joined
from features.tables.lead_names import LeadNames, read_lead_names
from features.tables.leads_table import DECIDING_ROWS, LeadFacts, RepeatedRows, decide_columns, read_leads
from features.tables.outcome_times import DataEnd
from features.tables.related_tables import find_last_arrival, make_empty_table, validate_related
from features.tables.row_validation import REJECTED_COLUMNS, RowValidator, TableFault
from features.tables.table_report import collect_notes, format_report, require_enough_rows
from features.tables.unplaced_labels import UnplacedLabels

__all__ = ["TableFault", "Tables", "WholeTableFacts", "read_tables", "validate_tables", "write_rejected"]


@dataclass(frozen=True)
class Tables:
    """Validated tables of one practice; every frame has a RangeIndex.

    Parameters
    ----------
    leads : DataFrame
        ``lead_id`` (str, unique) and whatever other canonical columns were given, then custom columns named
        ``custom:<name>``. category/text/id columns: object arrays of str, missing None. number: float64. yes_no:
        float64 0/1/NaN. time: datetime64[us, UTC]. Columns that were not given are absent. In the file's order.
    events, outcomes, spend : DataFrame
        Canonical columns of ``schema``; zero rows when not given. Events and outcomes sorted by lead (order of
        ``leads``) then time. ``recorded_at`` is always there: ``occurred_at`` where nothing better was given.
    custom : dict
        ``custom:<name>`` -> one of ``schema.CUSTOM_KINDS``.
    label : Series or None
        Flat exports only: 1.0 booked, 0.0 not booked, NaN unknown; aligned with ``leads``.
    label_known_at : Series or None
        Flat exports whose mapping names it: when each label became known (datetime64[us, UTC], NaT unknown), aligned
        with ``leads``.
    order : Series or None
        Flat exports without a date: a number that grows with time (a serial or row number), aligned with ``leads``.
    unplaced : UnplacedLabels or None
        Flat exports only: how many rows were rejected since the mapping does not say what their label means.
    rejected : DataFrame
        table, file (the part, where there are several), row (1-based line of data in its file), lead_id, column, fault,
        remedy, and the raw row as JSON text. A row with two faults is in it twice.
    faults : tuple of TableFault
    notes : tuple of str
        What was decided on the way (separator, time zone, ids made, custom and left out columns), one sentence each.
    rows_read : dict
        Table -> rows of data in its files; rows in two parts counted once.
    left_empty : dict, optional
        For leads of a store of ours: column -> ids of the leads whose source sent it without a value. None for files,
        where every empty cell was asked for and left empty.
    unread : dict
        Column -> ids of the leads whose value cannot be read, such as "withheld" for a phone number. It says as little
        as one that was not sent.
    mapping : Mapping
        The mapping as it was used, with the decisions about unmapped columns in it. Keep it beside a model.
    validators : dict
        Table -> its ``RowValidator``, while tables are being read; empty afterwards.
    joins : dict
        Table of events or outcomes -> how many of its rows found their lead.
    names : dict
        Lead -> parts of its name, where ``read_tables`` was asked for them: for a store's desk, never for a model.
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    spend: pd.DataFrame
    custom: dict[str, str] = field(default_factory=dict)
    label: pd.Series | None = None
    label_known_at: pd.Series | None = None
    order: pd.Series | None = None
    unplaced: UnplacedLabels | None = None
    rejected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REJECTED_COLUMNS)))
    faults: tuple[TableFault, ...] = ()
    notes: tuple[str, ...] = ()
    rows_read: dict[str, int] = field(default_factory=dict)
    left_empty: dict[str, frozenset[str]] | None = None
    unread: dict[str, frozenset[str]] = field(default_factory=dict)
    mapping: Mapping = field(default_factory=Mapping.identity)
    validators: dict[str, RowValidator] = field(default_factory=dict, repr=False, compare=False)
    joins: dict[str, LeadJoin] = field(default_factory=dict, repr=False, compare=False)
    names: LeadNames = field(default_factory=dict, repr=False, compare=False)

    def find_unsent(self) -> dict[str, np.ndarray]:
        """Return column -> which leads have it neither given nor left empty, as the service reads the same leads.

        Masks of shape (m,), bool, for the columns that have any such lead.
        """
        names = [name for name in self.leads.columns if name != "lead_id"]
        if self.left_empty is None:
            names = [name for name in names if name in self.unread]
        ids, unsent = self.leads["lead_id"], {}
        for name in names:
            lacking = ids.isin(self.unread.get(name, frozenset()))
            if self.left_empty is not None:
                lacking |= ~ids.isin(self.left_empty.get(name, frozenset()))
            unsent[name] = (lacking & self.leads[name].isna()).to_numpy()
        return {name: mask for name, mask in unsent.items() if mask.any()}

    def is_left_empty(self, name: str, lead_id: str) -> bool:
        """Return whether a blank of this lead was asked for and left empty; otherwise it was not sent."""
        if lead_id in self.unread.get(name, ()):
            return False
        return self.left_empty is None or lead_id in self.left_empty.get(name, ())

    @property
    def has_events(self) -> bool:
        """Whether an events table was given, even one without a row for these leads."""
        return len(self.events) > 0 or "events" in self.rows_read

    @cached_property
    def created_at(self) -> TimeArray:
        """When each lead arrived, UTC: shape (m,), datetime64[us], read-only; NaT for all where no date was given."""
        if "created_at" not in self.leads:
            times = np.full(len(self.leads), np.datetime64("NaT", "us"))
        else:
            times = to_utc_times(self.leads["created_at"]).view()
        times.setflags(write=False)
        return times

    @property
    def as_of(self) -> np.datetime64 | None:
        """The latest time at which anything was recorded (datetime64[us], UTC), known labels included; None without
        times. A planned visit or a plan of spending does not count."""
        columns = (
            (self.leads, "created_at"),
            (self.events, "occurred_at"),
            (self.outcomes, "recorded_at"),
        )
        latest = [frame[column].max() for frame, column in columns if column in frame and frame[column].notna().any()]
        if self.label_known_at is not None:
            known_times = self.label_known_at[self.label.notna().to_numpy()].dropna()
            if known_times.size:
                latest.append(known_times.max())
        return np.datetime64(max(latest).tz_convert("UTC").tz_localize(None).to_datetime64(), "us") if latest else None

    def report(self) -> str:
        """Report what was read, every fault with its count and one example row, and every note.

        It contains no personal value.
        """
        rows_kept = {name: len(getattr(self, name)) for name in TABLES}
        return format_report(self.rows_read, rows_kept, self.faults, self.notes, self.joins)


def read_tables(
    path: Source,
    mapping: Mapping | None = None,
    practice: Practice | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    scoring: bool = False,
    with_names: bool = False,
) -> Tables:
    """Read and validate everything a practice gives us.

    Parameters
    ----------
    path : str, Path, DataFrame or dict of DataFrame
        A frame of leads, or frames by table (``{"leads": leads, "events": events}``), read as if saved as Parquet; or
        one file of leads; or a folder with leads.*, and events.*, outcomes.*, spend.* where they exist, each a file or
        a folder of parts (``events/2026-03.csv``), read in the order of their names; or a database's URL
        (``postgresql+psycopg://reader@host/practice``, ``sqlite:///practice.db``) with tables of these names, or the
        mapping's queries under ``[sql]``.
    mapping : Mapping, optional
        The identity when left out: our own names, all other columns custom.
    practice : Practice, optional
        Gives the time zone of times without one.
    progress : callable (what, done, total), optional
        Called before each file is read, and at the end.
    scoring : bool
        Leads to be scored: label, order and optional columns may be absent, and an unknown label rejects nothing.
    with_names : bool
        Whether to read what the leads are called as well, apart from them: only to load a store.

    Raises
    ------
    DataError
        If a file or database cannot be used at all, more than half of a table's rows are rejected, or none of its rows
        is left.
    MappingError
        If the mapping does not match the files: every fault at once.
    """
    mapping, practice = mapping or Mapping.identity(), practice or Practice()
    raws = read_raw_tables(path, mapping, progress or (lambda what, done, total: None), scoring)
    leads = raws.frames["leads"].frame
    mapping, decisions = decide_columns(leads.head(DECIDING_ROWS) if scoring else leads, mapping, scoring)
    raws, join_notes = join_exports(path, raws, mapping, practice, scoring)
    tables = validate_tables(raws.frames, raws.locations, mapping, practice, scoring)
    notes = collect_notes(
        path,
        mapping,
        raws.unread_files,
        {name: raw.notes for name, raw in raws.frames.items()},
        [*decisions, *join_notes],
        {name: validator.notes for name, validator in tables.validators.items()},
    )
    validators = tables.validators.values()
    if not mapping.allow_unmatched:
        for name, join in tables.joins.items():
            require_joined(name, raws.locations[name], join, scoring)
    return replace(
        tables,
        rejected=pd.concat([validator.list_rejected() for validator in validators], ignore_index=True),
        faults=tuple(fault for validator in validators for fault in validator.faults),
        notes=notes,
        validators={},
        names=read_lead_names(tables.validators["leads"], tables.mapping) if with_names else {},
    )


@dataclass(frozen=True)
class WholeTableFacts:
    """What only the whole tables show, for validating a chunk of them.

    Parameters
    ----------
    repeats : RepeatedRows, optional
        Rows of leads whose lead_id was on an earlier row; found in the rows at hand when left out.
    dates : dict
        Table -> header -> how its dates are written.
    latest : datetime64
        The latest time that can have been recorded by now.
    visits : VisitCounts, optional
        How many bookings are dated by their visit; counted in the rows at hand when left out.
    data_end : datetime64, optional
        The latest arrival or known label, where a label is open for young leads; of the rows at hand when left out.
    numbers_apart : int, optional
        How many ids of leads to report as given with and without ".0"; counted in the rows at hand when left out.
    """

    repeats: RepeatedRows | None = None
    dates: dict[str, dict[str, DateDecision]] = field(default_factory=dict)
    latest: np.datetime64 = field(default_factory=find_latest)
    visits: VisitCounts | None = None
    data_end: np.datetime64 | None = None
    numbers_apart: int | None = None


def validate_tables(
    raws: dict[str, RawFrame],
    locations: dict[str, str],
    mapping: Mapping,
    practice: Practice,
    scoring: bool,
    whole_table: WholeTableFacts | None = None,
) -> Tables:
    """Return the rows of ``raws`` that can be used, with their validators.

    Give ``whole_table`` where ``raws`` are a chunk of the tables; then no table is refused here.
    """
    facts = whole_table
    if facts is None:
        facts = WholeTableFacts(dates={name: decide_dates(name, raw.frame, mapping) for name, raw in raws.items()})
        refuse_questions(locations, facts.dates)
    mapping = complete_mapping(mapping, facts.dates)
    dates = facts.dates.get("leads", {})
    lead_facts = LeadFacts(facts.repeats, dates, facts.latest, facts.data_end, facts.numbers_apart)
    leads = read_leads(raws["leads"], mapping, practice, scoring, lead_facts)
    leads.validator.rows_lost = leads.validator.rows_read - int(leads.validator.keep.sum())
    validators, frames = {"leads": leads.validator}, {"leads": leads.frame}
    if whole_table is None:
        _require_enough_rows(leads.validator, locations["leads"])
    for name, table in TABLES.items():
        if name != "leads" and name in raws:
            validator = validators[name] = RowValidator(name, raws[name])
            numbers = {key.removeprefix(f"{name}."): number_format for key, number_format in mapping.numbers.items()}
            value_format = ValueFormat(mapping.missing_texts, practice.zone, facts.dates.get(name, {}), numbers)
            end = DataEnd(
                facts.latest, None if scoring else find_last_arrival(leads.frame), practice.timezone, facts.visits
            )
            frames[name] = validate_related(table, locations[name], validator, leads, value_format, end)
            if whole_table is None:
                _require_enough_rows(validator, locations[name])
    return Tables(
        **{name: make_empty_table(table) for name, table in TABLES.items()} | frames,
        custom=leads.custom,
        label=leads.label,
        label_known_at=leads.label_known_at,
        order=leads.order,
        unplaced=leads.unplaced,
        left_empty=raws["leads"].left_empty,
        unread=leads.unread,
        rows_read={name: validator.rows_read for name, validator in validators.items()},
        mapping=mapping,
        validators=validators,
        joins={name: validator.join for name, validator in validators.items() if validator.join is not None},
    )


def _require_enough_rows(validator: RowValidator, location: str) -> None:
    """Refuse the validator's table when more than half of it was lost."""
    require_enough_rows(validator.table, location, validator.rows_lost, validator.rows_read, validator.faults)


def write_rejected(tables: Tables, path: str | Path) -> None:
    """Write the rejected rows with their reasons, as CSV or Parquet by ``path``'s suffix.

    The file holds personal data where the export did.
    """
    write_frame(tables.rejected, path)
