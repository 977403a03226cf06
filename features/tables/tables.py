"""Which rows can we trust? One export, a folder of them, or a database -> validated ``Tables``, with every fault in one
report.

Lives here: ``Tables``, reading them, and the faults between columns and between tables.
Does not live here: the leads' own columns (``lead_table``), reading (``files``, ``parts``, ``sql``), renaming
(``mapping``), one value (``values``)."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.arrays.grouped_sort import order_by_lead_and_time
from features.did_you_mean import suggest_name
from features.errors import DataError, MappingError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.partitioned_files import find_table_files, is_url, join_parts, list_unread_files
from features.readers.raw_files import RawFrame, read_frame, write_frame
from features.schema import TABLES, Table
from features.tables.column_conversion import to_series, encode_column, make_empty_column, is_text, convert_column
from features.tables.leads_table import DECIDING_ROWS, LeadTable, RepeatedRows, decide_columns, read_leads
from features.tables.row_validation import REJECTED_COLUMNS, TableFault, RowValidator

__all__ = [
    "TableFault",
    "Tables",
    "WholeTableFacts",
    "collect_notes",
    "require_enough_rows",
    "read_tables",
    "format_report",
    "validate_tables",
    "write_rejected",
]

_UNKNOWN_LEAD = "belongs to no lead of the leads table"


@dataclass(frozen=True)
class Tables:
    """Validated tables of one practice; every frame has a RangeIndex.

    Parameters
    ----------
    leads : DataFrame
        ``lead_id`` (str, unique) and whatever other canonical columns were given, then custom columns named
        ``custom:<name>``. category/text/id columns: object arrays of str, missing None. number: float64. yes_no:
        float64 0/1/NaN. time: datetime64[us, UTC]. Columns that were not given are absent. Sorted as given.
    events, outcomes, spend : DataFrame
        Canonical columns of ``schema``; zero rows when not given. Events and outcomes sorted by lead (order of
        ``leads``) then time. ``recorded_at`` is always there: ``occurred_at`` where nothing better was given.
    custom : dict
        ``custom:<name>`` -> one of ``schema.CUSTOM_KINDS``.
    label : Series or None
        Flat exports only: 1.0 booked, 0.0 not booked, NaN not said; aligned with ``leads``.
    label_known_at : Series or None
        Flat exports whose mapping says so: when each label became known (datetime64[us, UTC], NaT not said), aligned
        with ``leads``.
    order : Series or None
        Flat exports without a date: a number that grows with time (a serial or row number), aligned with ``leads``.
    rejected : DataFrame
        table, file (the part, where there are several), row (1-based line of data in its file), lead_id, column, fault,
        remedy, and the raw row as JSON text. A row with two faults stands there twice.
    faults : tuple of Fault
    notes : tuple of str
        What was decided on the way (separator, zone, ids made, columns taken as custom or left out), one sentence each.
    rows_read : dict
        Table -> rows of data in its files; rows that stood in two parts counted once.
    mapping : Mapping
        The mapping as it was used: what was decided about unmapped columns is written into it. Keep it beside a model.
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    spend: pd.DataFrame
    custom: dict[str, str] = field(default_factory=dict)
    label: pd.Series | None = None
    label_known_at: pd.Series | None = None
    order: pd.Series | None = None
    rejected: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REJECTED_COLUMNS)))
    faults: tuple[TableFault, ...] = ()
    notes: tuple[str, ...] = ()
    rows_read: dict[str, int] = field(default_factory=dict)
    mapping: Mapping = field(default_factory=Mapping.identity)
    sieves: dict[str, RowValidator] = field(default_factory=dict, repr=False, compare=False)

    @property
    def as_of(self) -> np.datetime64 | None:
        """The latest time seen in any table's own columns (datetime64[us], UTC), known labels included; None when there
        is no time at all.
        """
        named = (
            (self.leads, "created_at"),
            (self.events, "occurred_at"),
            (self.outcomes, "occurred_at"),
            (self.outcomes, "recorded_at"),
            (self.spend, "day"),
        )
        latest = [frame[column].max() for frame, column in named if column in frame and frame[column].notna().any()]
        if (
            self.label_known_at is not None
            and (said := self.label_known_at[self.label.notna().to_numpy()].dropna()).size
        ):
            latest.append(said.max())
        return np.datetime64(max(latest).tz_convert("UTC").tz_localize(None).to_datetime64(), "us") if latest else None

    def report(self) -> str:
        """What was read, every fault with its count and one example row, and every note.

        No personal value stands in it.
        """
        return format_report(self.rows_read, {name: len(getattr(self, name)) for name in TABLES}, self.faults, self.notes)


def format_report(read: dict[str, int], kept: dict[str, int], faults: Iterable[TableFault], notes: Iterable[str]) -> str:
    """``Tables.report``: rows read and kept by table, faults and notes."""
    lines = [
        f"{name}: {rows:,} rows read, {kept[name]:,} kept, {rows - kept[name]:,} set aside"
        for name, rows in read.items()
    ]
    for title, rejects in (("Rows set aside:", True), ("Values taken as not given:", False)):
        said = [f"  - {fault.sentence()}" for fault in faults if fault.rejects == rejects]
        lines += [title, *said] if said else []
    return "\n".join([*lines, *(["Notes:", *(f"  - {note}" for note in notes)] if notes else [])])


def read_tables(
    path: str | Path,
    mapping: Mapping | None = None,
    practice: Practice | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    scoring: bool = False,
) -> Tables:
    """Everything a practice gives us, validated.

    Parameters
    ----------
    path : str or Path
        One file of leads; or a folder with leads.*, and events.*, outcomes.*, spend.* where they exist, each a file or
        a folder of parts (``events/2026-03.csv``), read in the order of their names; or a database's URL
        (``postgresql+psycopg://reader@host/practice``, ``sqlite:///practice.db``) with tables of these names, or the
        mapping's queries under ``[sql]``.
    mapping : Mapping, optional
        The identity when left out: our own names, all other columns custom.
    practice : Practice, optional
        Gives the zone of times that name none.
    progress : callable (what, done, total), optional
        Told before each file is read, and at the end.
    scoring : bool
        Leads to be scored: label, order and optional columns may be absent, and an unknown label rejects nothing.

    Raises
    ------
    DataError
        If a file or database cannot be used at all, more than half of a table's rows are rejected, or none of its rows
        is left.
    MappingError
        If the mapping does not fit the files: every fault at once.
    """
    mapping, practice = mapping or Mapping.identity(), practice or Practice()
    places, raws, others = _raws(path, mapping, progress or (lambda what, done, total: None), scoring)
    mapping, decisions = decide_columns(raws["leads"].frame.head(DECIDING_ROWS) if scoring else raws["leads"].frame, mapping)
    tables = validate_tables(raws, places, mapping, practice, scoring)
    rejected = pd.concat([sieve.rejected() for sieve in tables.sieves.values()], ignore_index=True)
    notes = collect_notes(
        path,
        mapping,
        others,
        {name: raw.notes for name, raw in raws.items()},
        decisions,
        {name: sieve.notes for name, sieve in tables.sieves.items()},
    )
    return replace(
        tables,
        rejected=rejected,
        faults=tuple(fault for sieve in tables.sieves.values() for fault in sieve.faults),
        notes=notes,
        sieves={},
    )


def validate_tables(
    raws: dict[str, RawFrame],
    places: dict[str, str],
    mapping: Mapping,
    practice: Practice,
    scoring: bool,
    whole: "WholeTableFacts | None" = None,
) -> Tables:
    """The rows of ``raws`` that can be used, their sieves beside them. ``mapping`` says what every column is (see
    ``lead_table.decided``).

    ``whole``: what the whole tables say, where ``raws`` are a piece of them; then nothing is refused here.
    """
    known = whole or WholeTableFacts()
    leads = read_leads(raws["leads"], mapping, practice, scoring, known.repeats, known.day_first.get("leads"))
    leads.sieve.lost = leads.sieve.read - int(leads.sieve.keep.sum())
    if whole is None:
        require_enough_rows("leads", places["leads"], leads.sieve.lost, leads.sieve.read, leads.sieve.faults)
    sieves, frames = {"leads": leads.sieve}, {"leads": leads.frame}
    for name, table in TABLES.items():
        if name != "leads" and name in raws:
            frames[name], sieves[name] = _other(
                table, raws[name], places[name], practice, leads, scoring, known.day_first.get(name)
            )
            if whole is None:
                require_enough_rows(name, places[name], sieves[name].lost, sieves[name].read, sieves[name].faults)
    return Tables(
        **{name: _no_rows(table) for name, table in TABLES.items()} | frames,
        custom=leads.custom,
        label=leads.label,
        label_known_at=leads.label_known_at,
        order=leads.order,
        rows_read={name: sieve.read for name, sieve in sieves.items()},
        mapping=mapping,
        sieves=sieves,
    )


@dataclass(frozen=True)
class WholeTableFacts:
    """What only the whole tables say, for the reading of a piece of them.

    Parameters
    ----------
    repeats : Repeats, optional
        Rows of leads whose lead_id was seen before; found in the rows at hand when left out.
    day_first : dict
        Table -> header -> whether its dates have the day first, None when nothing proves it; decided from the rows at
        hand where a header is not named.
    """

    repeats: RepeatedRows | None = None
    day_first: dict[str, dict[str, bool | None]] = field(default_factory=dict)


def write_rejected(tables: Tables, path: str | Path) -> None:
    """Write the rejected rows with their reasons, as CSV or Parquet by ``path``'s ending.

    It holds personal data where the export did.
    """
    write_frame(tables.rejected, path)


def _raws(
    source: str | Path, mapping: Mapping, tell: Callable[[str, int, int], None], scoring: bool
) -> tuple[dict[str, str], dict[str, RawFrame], list[str]]:
    """Table -> where it comes from, and table -> its rows as they stand; leads first.

    And what else stood there and was not read.
    """
    if is_url(source):
        from features.readers.databases import read_raw_tables  # only those who read a database wait for its library

        tell("Reading tables", 0, 1)
        name, raws = read_raw_tables(str(source), mapping)
        places, others = dict.fromkeys(raws, name), []
    else:
        files = find_table_files(Path(source))
        places = {name: str(parts[0] if len(parts) == 1 else parts[0].parent) for name, parts in files.items()}
        raws, others = {}, list_unread_files(Path(source), files) if Path(source).is_dir() else []
        for done, (name, parts) in enumerate(files.items()):
            tell("Reading tables", done, len(files))
            raws[name] = join_parts(parts, partial(_raw, mapping=mapping, sheet=name == "leads"))
    for name, raw in raws.items():
        mapping.check_headers(name, raw.frame.columns, places[name], scoring)
    tell("Reading tables", len(raws), len(raws))
    return places, raws, others


def _raw(file: Path, mapping: Mapping, sheet: bool) -> RawFrame:
    """One file as it stands, read as the mapping says."""
    return read_frame(
        file, separator=mapping.separator, encoding=mapping.encoding, sheet=mapping.sheet if sheet else None
    )


def _other(
    table: Table,
    raw: RawFrame,
    place: str,
    practice: Practice,
    leads: LeadTable,
    scoring: bool,
    day_first: dict[str, bool | None] | None,
) -> tuple[pd.DataFrame, RowValidator]:
    """Events, outcomes or spend."""
    mapping = leads.mapping
    columns = mapping.match_headers(table.name, raw.frame.columns)
    lacking = [name for name in table.required if name not in columns]
    if lacking:
        said = "\n".join(
            f"  - {name}: {table.column(name).meaning}. {suggest_name(name, raw.frame.columns)}" for name in lacking
        )
        raise MappingError(
            f"{place}: {len(lacking)} required column(s) of {table.name} are missing. Name them under [{table.name}].\n{said}"
        )
    sieve = RowValidator(table.name, raw, day_first)
    ignored = [name for name in raw.frame.columns if name not in columns.values()]
    if ignored:
        sieve.note(f"{table.name}: columns that are none of ours were not read: {', '.join(ignored)}.")
    found = {}
    for name in sorted(columns, key=list(table.by_name).index):
        column, values = table.column(name), raw.frame[columns[name]]
        if is_text(column):
            found[name] = encode_column(column, values, sieve, mapping.missing_texts)
        else:
            found[name] = convert_column(
                column, values, sieve, mapping.missing_texts, practice.zone, mapping.day_first, columns[name]
            )
        if name == "lead_id":
            sieve.lead_ids = found[name]
    at_fault_alone = int((~sieve.keep).sum())
    place = _place_in_leads(found.get("lead_id"), sieve, leads)
    if table.name == "outcomes":
        found["recorded_at"] = _recorded(found, sieve)
    # a few leads can be scored beside the events of all leads: rows of other leads are no fault of the table
    sieve.lost = (
        (at_fault_alone if scoring or sieve.keep.any() else int((~sieve.keep).sum())) + sieve.read - len(sieve.keep)
    )
    rows = np.flatnonzero(sieve.keep)
    if place is not None:
        rows = rows[order_by_lead_and_time(place[rows], found["occurred_at"][rows], len(leads.frame))]
    chosen = {name: values.take(rows) if isinstance(values, DictionaryEncoded) else values[rows] for name, values in found.items()}
    return pd.DataFrame({name: to_series(values) for name, values in chosen.items()}, copy=False), sieve


def _place_in_leads(lead_ids: DictionaryEncoded | None, sieve: RowValidator, leads: LeadTable) -> np.ndarray | None:
    """Row of ``leads`` that each row belongs to; rows of unknown leads are rejected."""
    if lead_ids is None:
        return None
    distinct = lead_ids.distinct
    place = pd.Index(leads.frame["lead_id"], dtype=object).get_indexer(pd.Index(distinct, dtype=object))
    stranger = (place < 0) & ~lead_ids.unknown
    set_aside = np.zeros(len(stranger), bool)
    set_aside[stranger] = np.isin(distinct[stranger].astype(str), leads.rejected_ids.astype(str))
    sieve.reject(
        lead_ids.where(set_aside),
        "lead_id",
        "belongs to a lead that was set aside",
        "Mend the lead first; see its reason",
    )
    sieve.reject(
        lead_ids.where(stranger & ~set_aside), "lead_id", _UNKNOWN_LEAD, "Export the lead too, or leave these rows out"
    )
    return place[lead_ids.codes]


def _recorded(found: dict[str, np.ndarray], sieve: RowValidator) -> np.ndarray:
    """When the practice knew each outcome: never before it happened."""
    occurred = found["occurred_at"]
    recorded = found.get("recorded_at", make_empty_column("time", len(occurred)))
    early = recorded < occurred
    sieve.not_given(
        early, "recorded_at", "is earlier than occurred_at", "occurred_at was used; check the clocks of both systems"
    )
    return np.where(early | np.isnat(recorded), occurred, recorded)


def require_enough_rows(table: str, place: str, lost: int, read: int, faults: Iterable[TableFault]) -> None:
    """Refuse a table of which more than half was lost.

    Raises
    ------
    DataError
    """
    if lost * 2 <= read:
        return
    said = "\n".join(f"  - {fault.sentence()}" for fault in faults if fault.rejects)
    raise DataError(
        f"{place}: {lost:,} of {read:,} rows cannot be used, expected at least half. Check the mapping, or export again.\n{said}"
    )


def _no_rows(table: Table) -> pd.DataFrame:
    """A table that was not given: all its columns, no rows."""
    return pd.DataFrame({column.name: to_series(make_empty_column(column.kind)) for column in table.columns})


def collect_notes(
    source: str | Path,
    mapping: Mapping,
    others: list[str],
    raw: AnyMapping[str, Iterable[str]],
    decisions: list[str],
    sieved: AnyMapping[str, Iterable[str]],
) -> tuple[str, ...]:
    """All notes, table by table (on the files, on the columns, on the rows), and what was not used: other files,
    queries where there is no database.
    """
    notes = [note for name in raw for note in (*raw[name], *(decisions if name == "leads" else ()), *sieved[name])]
    notes += [f"{Path(source).name}: these files were not read: {', '.join(others)}."] if others else []
    if mapping.sql and not is_url(source):
        notes.append("The queries under [sql] in the mapping were not used: the data are files.")
    return tuple(notes)
