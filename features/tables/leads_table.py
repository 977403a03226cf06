"""Which leads do we have, and what does their export say of each? The leads file -> canonical and custom columns, label
and order.

Lives here: ids and their duplicates, dates, custom columns, what was left out, the label and the order of a flat file.
Does not live here: events, outcomes, spend and faults between tables (``tables``).
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from features.mapping.column_mapping import ROW_NUMBER, Mapping
from features.mapping.type_inference import find_barred_word, find_exclusion_reason, infer_kind, select_present_values
from features.parsing.column_values import to_text
from features.parsing.record_ids import canonicalize_ids, find_numbers_apart
from features.practice.practice import Practice
from features.privacy.column_judgement import judge_column
from features.readers.raw_files import RawFrame
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM, LEADS, Column
from features.tables.column_conversion import ValueFormat, convert_column, make_empty_column, to_series
from features.tables.data_end import drop_planned_labels, find_latest, reject_after_end
from features.tables.date_columns import DateDecision
from features.tables.lead_labels import find_labels_end, open_young_leads, read_label, read_label_known_at
from features.tables.number_columns import decide_number_columns
from features.tables.row_validation import RowValidator
from features.tables.shared_contacts import report_shared_contacts
from features.tables.unplaced_labels import UnplacedLabels

__all__ = ["DECIDING_ROWS", "LeadFacts", "LeadTable", "RepeatedRows", "decide_columns", "find_repeats", "read_leads"]

_NEVER = np.datetime64("NaT", "us")
DECIDING_ROWS = 100_000
"""When leads are only scored, this many rows decide what an unmapped column is: the same for a small and a large file.
"""


@dataclass(frozen=True)
class LeadTable:
    """The leads that can be used, with what was decided about their columns.

    See ``tables.Tables`` for the fields it shares. ``rejected_ids``: ids of leads that were rejected altogether, to
    tell their events from those of unknown leads. ``row_ids``: the id of each row of the file, rejected ones too.
    """

    frame: pd.DataFrame
    custom: dict[str, str]
    label: pd.Series | None
    label_known_at: pd.Series | None
    order: pd.Series | None
    mapping: Mapping
    validator: RowValidator
    rejected_ids: np.ndarray
    unread: dict[str, frozenset[str]]
    row_ids: np.ndarray
    unplaced: UnplacedLabels | None


@dataclass(frozen=True)
class RepeatedRows:
    """Rows, by their number in the whole table, whose lead_id was on an earlier row: equal to it, or different."""

    exact: np.ndarray
    other: np.ndarray


@dataclass(frozen=True)
class LeadFacts:
    """Hold what only the whole table of leads shows, for reading a chunk of it.

    Parameters
    ----------
    repeats : RepeatedRows, optional
        Rows whose lead_id was on an earlier row; found in the rows at hand when left out.
    dates : dict
        Header -> how its dates are written.
    latest : datetime64
        The latest time that can have been recorded by now.
    data_end : datetime64, optional
        The latest arrival or known label of the whole table; of the rows at hand when left out.
    numbers_apart : int, optional
        How many ids to report as given with and without ".0"; counted in the rows at hand when left out.
    """

    repeats: RepeatedRows | None = None
    dates: dict[str, DateDecision] = field(default_factory=dict)
    latest: np.datetime64 = field(default_factory=find_latest)
    data_end: np.datetime64 | None = None
    numbers_apart: int | None = None


def read_leads(
    raw: RawFrame,
    mapping: Mapping,
    practice: Practice,
    scoring: bool = False,
    facts: LeadFacts | None = None,
) -> LeadTable:
    """Validate the leads of one raw file; ``decide_columns`` has completed the mapping.

    See ``tables.read_tables`` for what is rejected. ``facts`` are those of the whole table, where ``raw`` is a
    chunk of it.
    """
    facts = facts or LeadFacts()
    validator = RowValidator("leads", raw)
    value_format = ValueFormat(mapping.missing_texts, practice.zone, facts.dates, mapping.numbers)
    headers = mapping.match_headers("leads", raw.frame.columns)
    columns = {"lead_id": _read_ids(raw, headers, mapping, validator, facts)}
    for column in (column for column in LEADS.columns if column.name in headers and column.name != "lead_id"):
        # The schema leaves created_at optional, because a flat file may lack it; but a given one must have no gaps.
        needed = replace(column, required=True) if column.name == "created_at" else column
        header = headers[column.name]
        columns[column.name] = convert_column(needed, raw.frame[header], validator, value_format, header)
    if "created_at" in columns:
        known_until = None if scoring else _NEVER
        reject_after_end(validator, "created_at", columns["created_at"], facts.latest, known_until)
    _report_missing_columns(mapping, headers, raw.frame, validator)
    custom = {}
    for header, kind in mapping.custom.items():
        name = CUSTOM_PREFIX + header
        custom[name] = kind
        column = Column(name, KIND_OF_CUSTOM[kind], header)
        if header in raw.frame:
            columns[name] = convert_column(column, raw.frame[header], validator, value_format, header)
        else:
            columns[name] = make_empty_column(column.kind, len(raw.frame))
    unread = {name: mask for name, mask in validator.unread.items() if name in columns}
    if not scoring:
        report_shared_contacts(columns, validator)
    label, known_at, unplaced = _read_labels(raw, mapping, value_format, (columns, facts, scoring), validator)
    order = _read_order(raw, mapping, validator, scoring)
    keep = validator.keep
    return LeadTable(
        frame=pd.DataFrame({name: to_series(values[keep]) for name, values in columns.items()}),
        custom=custom,
        label=None if label is None else pd.Series(label[keep]),
        label_known_at=None if known_at is None else to_series(known_at[keep]),
        order=None if order is None else pd.Series(order[keep]),
        mapping=mapping,
        validator=validator,
        rejected_ids=_find_rejected_ids(columns["lead_id"], keep),
        unread={name: frozenset(columns["lead_id"][mask & keep]) for name, mask in unread.items()},
        row_ids=columns["lead_id"],
        unplaced=unplaced,
    )


def _read_labels(
    raw: RawFrame,
    mapping: Mapping,
    value_format: ValueFormat,
    leads: tuple[dict[str, Any], LeadFacts, bool],
    validator: RowValidator,
) -> tuple[np.ndarray | None, np.ndarray | None, UnplacedLabels | None]:
    """Return (label, when it became known, unplaced labels), the labels of undecided leads NaN.

    ``leads``: columns, facts, scoring.
    """
    columns, facts, scoring = leads
    column = read_label(raw.frame, mapping, validator, scoring, value_format)
    known_at = read_label_known_at(raw.frame, mapping, value_format, columns.get("created_at"), validator)
    if column is None:
        return None, None, None
    label, arrivals = column.values, columns.get("created_at")
    # The day of a visit is planned: unlike a record, it says nothing of how far the data reach.
    is_planned = bool(mapping.label_initial)
    end = facts.latest
    if arrivals is not None and (is_planned or mapping.label_open_days is not None):
        end = find_labels_end(arrivals[validator.keep], None if is_planned else known_at, facts.latest)
        end = end if facts.data_end is None else facts.data_end
        label = open_young_leads(column, label, arrivals, end, mapping, validator)
    if known_at is not None:
        latest = end if is_planned else facts.latest
        label = drop_planned_labels(label, known_at, str(mapping.label_known_at), latest, validator, is_planned)
    return label, known_at, None if scoring else column.unplaced


def _find_rejected_ids(ids: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Find the ids whose every row was rejected."""
    accepted = set(ids[keep]) if not keep.all() else ()
    return np.array(sorted({lead_id for lead_id in ids[~keep] if lead_id is not None and lead_id not in accepted}), str)


def decide_columns(frame: pd.DataFrame, mapping: Mapping, scoring: bool = False) -> tuple[Mapping, list[str]]:
    """Decide about every column of the file: custom with a kind, or left out with a reason.

    With ``scoring``, the custom columns of the mapping were judged when the model was trained; only others are judged.
    Returns the completed mapping, and a note for each decision.
    """
    notes: list[str] = []
    ours = {
        name: header
        for name, header in mapping.match_headers("leads", frame.columns).items()
        if name in mapping.leads or not _only_shares_name(name, frame, mapping)
    }
    decided = {*ours.values(), *mapping.leave_out, *mapping.time_columns, mapping.label_column, mapping.order_by}
    decided |= {mapping.label_known_at} - set(mapping.custom)
    decided |= {mapping.label_decided_by}
    custom, left_out = dict(mapping.custom), dict(mapping.leave_out)
    decided |= {*mapping.custom} if scoring else set()
    for header in [name for name in (*mapping.custom, *frame.columns) if name not in decided]:
        decided.add(header)
        reason = _find_reason_to_leave_out(header, frame, mapping)
        if reason:
            custom.pop(header, None)
            left_out[header] = reason
            notes.append(f"leads: column {header!r} was left out: {reason}. To use it, add it to keep_on_purpose.")
        elif header not in custom:
            custom[header] = infer_kind(frame[header], mapping.missing_texts, header)
            kind = custom[header].replace("_", " ")
            notes.append(f"leads: column {header!r} is not in the mapping; treated as a custom {kind}.")
    completed = replace(mapping, leads=mapping.leads | ours, custom=custom, leave_out=left_out)
    numbers, number_notes = decide_number_columns(frame, completed)
    return replace(completed, numbers=numbers), notes + number_notes


def _only_shares_name(ours: str, frame: pd.DataFrame, mapping: Mapping) -> bool:
    """Return whether an unmapped column has the name of a category of ours but holds numbers.

    Then it is a custom number: a column "practice" with 1, 2, 3 counts something, it does not name a practice.
    """
    may_count = LEADS.column(ours).kind == "category" and ours != "postal_code" and len(frame) > 1
    return may_count and infer_kind(frame[ours], mapping.missing_texts) == "number"


def _find_reason_to_leave_out(header: str, frame: pd.DataFrame, mapping: Mapping) -> str | None:
    """Return why an unmapped column is left out; None when it may stay."""
    if header in mapping.keep_on_purpose:
        return None
    barred = find_barred_word(header)
    if barred:
        return f"barred: {barred} never enters the score"
    if header in mapping.custom:
        return judge_column(header, frame[header], mapping.missing_texts).reason if header in frame else None
    values = frame[header]
    if not len(select_present_values(values, mapping.missing_texts, limit=1)):
        return "it has no values" if len(values) else None
    return find_exclusion_reason(header, values, mapping.missing_texts)


def _read_ids(
    raw: RawFrame,
    headers: dict[str, str],
    mapping: Mapping,
    validator: RowValidator,
    facts: LeadFacts,
) -> np.ndarray:
    """Return unique ids, made from the row numbers when the export has none.

    Later rows of an id that was on an earlier row are rejected.
    """
    if "lead_id" not in headers:
        validator.note("leads: no column is mapped to lead_id; ids were made from the row numbers (row-1, row-2, ...).")
        validator.lead_ids = np.array([f"row-{row}" for row in raw.numbers], object)
        return validator.lead_ids
    value_format = ValueFormat(mapping.missing_texts)
    ids = convert_column(LEADS.column("lead_id"), raw.frame[headers["lead_id"]], validator, value_format)
    validator.lead_ids = ids
    repeats = _find_repeated_ids(raw, ids) if facts.repeats is None else facts.repeats
    apart = facts.numbers_apart
    validator.note(
        "leads: {count} ids stand there with and without '.0', such as 1001 and 1001.0: they are different leads, and "
        "no '.0' of lead_id was taken for the sign of a float.",
        len(find_numbers_apart(ids.tolist(), raw.file_of)) if apart is None else apart,
    )
    exact, other = np.isin(raw.numbers, repeats.exact), np.isin(raw.numbers, repeats.other)
    validator.reject(
        exact, "lead_id", "is on an exact copy of an earlier row", "Nothing is lost; export each lead once"
    )
    validator.reject(
        other,
        "lead_id",
        "is on an earlier row with other values",
        "The first row was kept; decide in the CRM which is right",
    )
    return ids


def find_repeats(raw: RawFrame, mapping: Mapping) -> RepeatedRows:
    """Find the rows whose lead_id is on an earlier one of these rows."""
    header = mapping.match_headers("leads", raw.frame.columns)["lead_id"]
    return _find_repeated_ids(raw, to_text(raw.frame[header], mapping.missing_texts)[0])


def _find_repeated_ids(raw: RawFrame, lead_ids: np.ndarray) -> RepeatedRows:
    """Do what ``find_repeats`` does, with the ids as text."""
    ids = pd.Series(canonicalize_ids(lead_ids, raw.file_of), dtype=object)
    again, exact = (ids.duplicated() & ids.notna()).to_numpy(), np.zeros(len(ids), bool)
    if again.any():
        alike = ids.isin(ids[again]).to_numpy()
        # NaN and None become one value, because two empty cells are equal.
        rows = raw.frame[alike].astype(object).where(raw.frame[alike].notna(), None)
        exact[alike] = rows.duplicated(keep="first").to_numpy()
    return RepeatedRows(raw.numbers[again & exact], raw.numbers[again & ~exact])


def _report_missing_columns(
    mapping: Mapping, headers: dict[str, str], frame: pd.DataFrame, validator: RowValidator
) -> None:
    """Count mapped columns that this file does not have (only possible when scoring)."""
    absent = {ours: header for ours, header in mapping.leads.items() if ours not in headers}
    absent |= {CUSTOM_PREFIX + header: header for header in mapping.custom if header not in frame}
    for ours, header in absent.items():
        validator.report_missing_column(
            ours,
            f"is mapped to {header!r}, which is not in the file",
            "Export that column too; the score is less certain without it",
        )


def _read_order(raw: RawFrame, mapping: Mapping, validator: RowValidator, scoring: bool) -> np.ndarray | None:
    """Return a number that grows with time; None when the mapping names none."""
    if mapping.order_by is None:
        return None
    sign = -1.0 if mapping.order_newest_first else 1.0
    if mapping.order_by == ROW_NUMBER:
        return sign * raw.numbers.astype(float)
    if mapping.order_by not in raw.frame:
        return None
    column = Column(mapping.order_by, "number", "the order in time", required=not scoring)
    values = raw.frame[mapping.order_by]
    value_format = ValueFormat(mapping.missing_texts, numbers=mapping.numbers)
    return sign * convert_column(column, values, validator, value_format, mapping.order_by)
