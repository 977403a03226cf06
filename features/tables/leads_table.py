"""Which leads do we have, and what does their export say of each? The leads file -> canonical and custom columns, label
and order.

Lives here: ids and their duplicates, dates, custom columns, what was left out, the label and the order of a flat file.
Does not live here: events, outcomes, spend and what holds between tables (``tables``).
"""

from dataclasses import dataclass, replace
from datetime import UTC

import numpy as np
import pandas as pd

from features.errors import MappingError
from features.mapping.column_mapping import ROW_NUMBER, Mapping
from features.mapping.type_inference import find_barred_word, select_present_values, infer_kind, find_exclusion_reason
from features.mapping.validation import find_absent_values
from features.parsing.scalars import parse_category, to_category, to_text
from features.parsing.timestamps import to_known_time
from features.practice.practice import Practice
from features.readers.raw_files import RawFrame
from features.schema import CUSTOM_PREFIX, KIND_OF_CUSTOM, LEADS, Column
from features.tables.column_conversion import to_series, make_empty_column, convert_column
from features.tables.row_validation import RowValidator

__all__ = ["DECIDING_ROWS", "LeadTable", "RepeatedRows", "decide_columns", "read_leads", "find_repeats"]

DECIDING_ROWS = 100_000
"""Where leads are only scored, so many rows decide what a column is that the mapping does not name: the same ones for a
small file and a large one.
"""

_NO_ZONE = UTC  # of columns that hold no time


@dataclass(frozen=True)
class LeadTable:
    """The leads that can be used, with what was decided about their columns; see ``tables.Tables`` for the fields it
    shares.

    ``rejected_ids``: ids of leads that were set aside whole, so that their events can be told apart from those of
    strangers."""

    frame: pd.DataFrame
    custom: dict[str, str]
    label: pd.Series | None
    label_known_at: pd.Series | None
    order: pd.Series | None
    mapping: Mapping
    sieve: RowValidator
    rejected_ids: np.ndarray


@dataclass(frozen=True)
class RepeatedRows:
    """Rows, by their number in the whole table, whose lead_id stood on an earlier row: on an exact copy of it, or
    saying otherwise.
    """

    exact: np.ndarray
    other: np.ndarray


def read_leads(
    raw: RawFrame,
    mapping: Mapping,
    practice: Practice,
    scoring: bool = False,
    repeats: RepeatedRows | None = None,
    day_first: dict[str, bool | None] | None = None,
) -> LeadTable:
    """Validated leads of one raw file under a ``decide_columns`` mapping. See ``tables.read_tables`` for what is rejected.

    ``repeats`` and ``day_first`` are what the whole table says, where ``raw`` is a piece of it.
    """
    sieve = RowValidator("leads", raw, day_first)
    columns = mapping.match_headers("leads", raw.frame.columns)
    found = {"lead_id": _ids(raw, columns, mapping, sieve, repeats)}
    for column in (column for column in LEADS.columns if column.name in columns and column.name != "lead_id"):
        needed = replace(column, required=True) if column.name == "created_at" else column
        theirs = columns[column.name]
        found[column.name] = convert_column(
            needed, raw.frame[theirs], sieve, mapping.missing_texts, practice.zone, mapping.day_first, theirs
        )
    _say_what_is_absent(mapping, columns, raw.frame, sieve)
    custom = {}
    for theirs, kind in mapping.custom.items():
        name = CUSTOM_PREFIX + theirs
        custom[name] = kind
        column = Column(name, KIND_OF_CUSTOM[kind], theirs)
        given = theirs in raw.frame
        values = raw.frame[theirs] if given else make_empty_column(column.kind, len(raw.frame))
        found[name] = (
            convert_column(column, values, sieve, mapping.missing_texts, practice.zone, mapping.day_first, theirs)
            if given
            else values
        )
    label = _label(raw.frame, mapping, sieve, scoring)
    known_at = _label_known_at(raw.frame, mapping, practice, found.get("created_at"), sieve)
    order = _order(raw, mapping, sieve, scoring)
    keep = sieve.keep
    return LeadTable(
        frame=pd.DataFrame({name: to_series(values[keep]) for name, values in found.items()}),
        custom=custom,
        label=None if label is None else pd.Series(label[keep]),
        label_known_at=None if label is None or known_at is None else to_series(known_at[keep]),
        order=None if order is None else pd.Series(order[keep]),
        mapping=mapping,
        sieve=sieve,
        rejected_ids=_only_rejected(found["lead_id"], keep),
    )


def _only_rejected(ids: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Ids that stand on no row that was kept."""
    kept = set(ids[keep]) if not keep.all() else ()
    return np.array(sorted({one for one in ids[~keep] if one is not None and one not in kept}), str)


def decide_columns(frame: pd.DataFrame, mapping: Mapping) -> tuple[Mapping, list[str]]:
    """The mapping with a decision about every column of the file: custom with a kind, or left out with a reason; and a
    note for each decision.
    """
    notes: list[str] = []
    ours = {
        name: theirs
        for name, theirs in mapping.match_headers("leads", frame.columns).items()
        if name in mapping.leads or not _only_by_name(name, frame, mapping)
    }
    taken = {*ours.values(), *mapping.leave_out, mapping.label_column, mapping.order_by}
    taken |= {mapping.label_known_at} - set(mapping.custom)
    custom, left_out = dict(mapping.custom), dict(mapping.leave_out)
    for theirs in [name for name in (*mapping.custom, *frame.columns) if name not in taken]:
        taken.add(theirs)
        kept = theirs in mapping.keep_on_purpose
        word = None if kept else find_barred_word(theirs)
        unfit = None if kept or theirs in custom or word else _unfit(theirs, frame[theirs], mapping)
        if word or unfit:
            custom.pop(theirs, None)
            left_out[theirs] = f"barred: {word} never enters the score" if word else unfit
            notes.append(
                f"leads: column {theirs!r} was left out: {left_out[theirs]}. To use it, add it to keep_on_purpose."
            )
        elif theirs not in custom:
            custom[theirs] = infer_kind(frame[theirs], mapping.missing_texts)
            notes.append(f"leads: column {theirs!r} is not in the mapping; it was taken as a custom {custom[theirs]}.")
    return replace(mapping, leads=mapping.leads | ours, custom=custom, leave_out=left_out), notes


def _only_by_name(ours: str, frame: pd.DataFrame, mapping: Mapping) -> bool:
    """Whether an unmapped column bears the name of a category of ours and counts something: then it is theirs, a custom
    number.
    """
    counts = LEADS.column(ours).kind == "category" and ours != "postal_code" and len(frame) > 1
    return counts and infer_kind(frame[ours], mapping.missing_texts) == "number"


def _unfit(theirs: str, values: pd.Series, mapping: Mapping) -> str | None:
    """Why an unmapped column is left out; None when it may stay."""
    if not len(select_present_values(values, mapping.missing_texts, limit=1)):
        return "it has no values" if len(values) else None
    return find_exclusion_reason(theirs, values, mapping.missing_texts)


def _ids(raw: RawFrame, columns: dict[str, str], mapping: Mapping, sieve: RowValidator, repeats: RepeatedRows | None) -> np.ndarray:
    """Unique ids; made from the row numbers when the export has none.

    Later rows of an id that was seen before are rejected.
    """
    if "lead_id" not in columns:
        sieve.note("leads: no column is mapped to lead_id; ids were made from the row numbers (row-1, row-2, ...).")
        sieve.lead_ids = np.array([f"row-{row}" for row in raw.numbers], object)
        return sieve.lead_ids
    ids = convert_column(LEADS.column("lead_id"), raw.frame[columns["lead_id"]], sieve, mapping.missing_texts, _NO_ZONE)
    sieve.lead_ids = ids
    repeats = _repeats(raw, ids) if repeats is None else repeats
    exact, other = np.isin(raw.numbers, repeats.exact), np.isin(raw.numbers, repeats.other)
    sieve.reject(
        exact, "lead_id", "stands on an exact copy of an earlier row", "Nothing is lost; export each lead once"
    )
    sieve.reject(
        other,
        "lead_id",
        "was seen before, on a row that says otherwise",
        "The first row was kept; decide in the CRM which is right",
    )
    return ids


def find_repeats(raw: RawFrame, mapping: Mapping) -> RepeatedRows:
    """Which of these rows stand under a lead_id that an earlier one of them has."""
    theirs = mapping.match_headers("leads", raw.frame.columns)["lead_id"]
    return _repeats(raw, to_text(raw.frame[theirs], mapping.missing_texts)[0])


def _repeats(raw: RawFrame, ids: np.ndarray) -> RepeatedRows:
    """``find_repeats``, the ids as text."""
    known = pd.Series(ids, dtype=object)
    again, exact = (known.duplicated() & known.notna()).to_numpy(), np.zeros(len(ids), bool)
    if again.any():
        alike = known.isin(known[again]).to_numpy()
        exact[alike] = (
            raw.frame[alike].astype(object).where(raw.frame[alike].notna(), None).duplicated(keep="first").to_numpy()
        )
    return RepeatedRows(raw.numbers[again & exact], raw.numbers[again & ~exact])


def _say_what_is_absent(mapping: Mapping, columns: dict[str, str], frame: pd.DataFrame, sieve: RowValidator) -> None:
    """Count mapped columns that this file does not have (only possible when scoring)."""
    absent = {ours: theirs for ours, theirs in mapping.leads.items() if ours not in columns}
    absent |= {CUSTOM_PREFIX + theirs: theirs for theirs in mapping.custom if theirs not in frame}
    for ours, theirs in absent.items():
        sieve.without_column(
            ours,
            f"is mapped to {theirs!r}, which is not in the file",
            "Export that column too; the score is less certain without it",
        )


def _label(frame: pd.DataFrame, mapping: Mapping, sieve: RowValidator, scoring: bool) -> np.ndarray | None:
    """1 booked, 0 not booked, NaN not said; None when there is no label column."""
    if mapping.label_column is None or mapping.label_column not in frame:
        return None
    texts, bad = to_category(frame[mapping.label_column], frozenset({""}))
    seen = {text.casefold(): text for text in pd.unique(texts) if text is not None}
    wanted = [parse_category(value, frozenset())[0] or "" for value in (*mapping.booked, *mapping.not_booked)]
    if not scoring and len(frame):
        faults = find_absent_values(
            f"[label] of {mapping.label_column!r}",
            (value for value in wanted if value.casefold() not in seen),
            seen.values(),
        )
        if faults:
            raise MappingError(
                f"label: {len(faults)} fault(s) in the mapping.\n" + "\n".join(f"  - {fault}" for fault in faults)
            )
    meaning = dict.fromkeys((value.casefold() for value in mapping.not_booked), 0.0) | dict.fromkeys(
        (value.casefold() for value in mapping.booked), 1.0
    )
    of = {text: meaning.get(text.casefold(), np.nan) for text in pd.unique(texts) if text is not None}
    label = np.array([np.nan if text is None else of[text] for text in texts], float)
    strange = bad | np.array(
        [
            text is not None and text.casefold() not in meaning and text.casefold() not in mapping.missing_texts
            for text in texts
        ],
        bool,
    )
    if strange.any() and not scoring:
        odd = sorted({text[:30] for text in texts[strange] if text is not None})
        said = ", ".join(map(repr, odd[:3])) + (" and others" if len(odd) > 3 else "")
        sieve.reject(
            strange,
            mapping.label_column,
            f"has a label that the mapping does not know ({said})",
            "Add it to booked or not_booked",
        )
    empty = int((np.isnan(label) & ~strange).sum())
    sieve.note(
        f"leads: the label {mapping.label_column!r} says nothing for {{count}} leads; they teach nothing and can be scored.",
        empty,
    )
    return label


def _label_known_at(
    frame: pd.DataFrame, mapping: Mapping, practice: Practice, created_at: np.ndarray | None, sieve: RowValidator
) -> np.ndarray | None:
    """When each label became known (datetime64[us], UTC, NaT not said); None when the mapping names no column for it,
    or the file lacks it.
    """
    theirs = mapping.label_known_at
    if theirs is None or theirs not in frame:
        return None
    day_leads = bool(sieve.day_first(theirs, frame[theirs])) if mapping.day_first is None else mapping.day_first
    found, bad, naive = to_known_time(frame[theirs], practice.zone, mapping.missing_texts, day_leads)
    instead = "Such a label counts as known when the horizon has passed; correct the date in the CRM"
    sieve.not_given(bad, f"label known at {theirs!r}", "is not a time, such as 2026-03-14 15:05", instead)
    sieve.note(
        f"leads: {{count}} times of {theirs!r} (when the label became known) named no zone and were taken as {practice.zone}.",
        naive,
    )
    if created_at is not None:
        early = found < created_at
        sieve.not_given(early, f"label known at {theirs!r}", "is earlier than created_at", instead)
        found[early] = np.datetime64("NaT")
    return found


def _order(raw: RawFrame, mapping: Mapping, sieve: RowValidator, scoring: bool) -> np.ndarray | None:
    """A number that grows with time; None when the mapping names none."""
    if mapping.order_by is None:
        return None
    sign = -1.0 if mapping.order_newest_first else 1.0
    if mapping.order_by == ROW_NUMBER:
        return sign * raw.numbers.astype(float)
    if mapping.order_by not in raw.frame:
        return None
    column = Column(mapping.order_by, "number", "the order in time", required=not scoring)
    return sign * convert_column(column, raw.frame[mapping.order_by], sieve, mapping.missing_texts, _NO_ZONE)
