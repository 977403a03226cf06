"""Which leads of a flat file booked, which did not, and when was it known? The label column as the mapping reads it.

Lives here: labels, unknown labels, the time at which each became known. Does not live here: the leads
(``leads_table``), finding the label column (``features.profiling.labels.label_detection``), refusing to train with
too many unknown labels (``unplaced_labels``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.array_types import DAY
from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.label_values import BLANK, DATED, WILDCARDS, give_meanings
from features.mapping.validation import find_absent_values
from features.parsing.column_values import to_category, to_yes_no
from features.parsing.dates.timestamps import to_known_time, to_time
from features.parsing.scalars import parse_category
from features.tables.column_conversion import ValueFormat
from features.tables.date_columns import DateDecision, join_time_of_day
from features.tables.row_validation import RowValidator
from features.tables.unplaced_labels import UnplacedLabels, count_unplaced

__all__ = ["LabelColumn", "find_labels_end", "open_young_leads", "read_label", "read_label_known_at"]

_NAMED = 3


@dataclass(frozen=True)
class LabelColumn:
    """Hold the label of each row: 1 booked, 0 not booked, NaN unknown; which cells are empty, and which hold a state in
    which every booking begins. Shape (n,) each.

    ``unplaced`` counts the rows whose label no list of the mapping has.
    """

    values: np.ndarray
    is_blank: np.ndarray
    is_initial: np.ndarray
    unplaced: UnplacedLabels


def read_label(
    frame: pd.DataFrame, mapping: Mapping, validator: RowValidator, scoring: bool, value_format: ValueFormat
) -> LabelColumn | None:
    """Read the label of each row as the mapping says; None when there is no label column."""
    if mapping.label_column is None or mapping.label_column not in frame:
        return None
    texts, bad = to_category(frame[mapping.label_column], frozenset({""}))
    if not scoring and len(frame):
        _check_label_values(mapping, pd.unique(texts))
    label_of = give_meanings(mapping.booked, mapping.not_booked, mapping.open)
    is_listed = np.array([text is not None and text.casefold() in label_of for text in texts], bool)
    # "n/a" in a label is an empty cell, unless the mapping lists it.
    is_blank = ~is_listed & np.array([text is None or text.casefold() in mapping.missing_texts for text in texts], bool)
    by_text = {text: label_of.get(text.casefold(), np.nan) for text in pd.unique(texts) if text is not None}
    label = np.array([np.nan if text is None else by_text[text] for text in texts], float)
    label[is_blank] = label_of.get(BLANK, np.nan)
    is_wild = ~is_listed & ~is_blank & ~bad
    if DATED in label_of:
        is_wild &= _find_dated(frame, mapping.label_column, mapping, value_format)
    wildcard = next((token for token in WILDCARDS if token in label_of), None)
    if wildcard is None:
        is_wild = np.zeros(len(texts), bool)
    else:
        label[is_wild] = label_of[wildcard]
    unknown = bad | ~(is_listed | is_blank | is_wild)
    # What people write in place of a date may be a remark about the patient, so it is counted and not shown.
    shown = texts[unknown] if wildcard is None else texts[:0]
    unplaced = count_unplaced(int(unknown.sum()), int((~is_blank | bad).sum()), shown)
    if unknown.any() and not scoring:
        _reject_unknown(unknown, texts, mapping, unplaced, validator)
    is_undecided = _find_undecided(frame, mapping, label, scoring)
    label[is_undecided] = np.nan
    is_open = (is_listed | is_wild | is_undecided) & np.isnan(label)
    validator.note(
        f"leads: the label {mapping.label_column!r} is open for {{count}} leads; they are neither booked nor not "
        "booked, are not used for training and can be scored.",
        int(is_open.sum()),
    )
    validator.note(
        f"leads: the label {mapping.label_column!r} is empty for {{count}} leads; "
        "they are not used for training and can be scored.",
        int((np.isnan(label) & ~unknown & ~is_open).sum()),
    )
    initial = {value.casefold() for value in mapping.label_initial}
    is_initial = np.array([text is not None and text.casefold() in initial for text in texts], bool)
    return LabelColumn(label, is_blank, is_initial | (is_blank & (BLANK in initial)), unplaced)


def _find_undecided(frame: pd.DataFrame, mapping: Mapping, label: np.ndarray, scoring: bool) -> np.ndarray:
    """Find the leads that did not book and that no yes in ``[label] decided_by`` ends. Mask of shape (n,).

    Raises
    ------
    MappingError
        If that column holds anything but yes, no and nothing, and ``scoring`` is False: a date or a stage would leave
        every such lead open.
    """
    header = mapping.label_decided_by
    if header is None:
        return np.zeros(len(label), bool)
    if header not in frame:
        # Leads to score may come without it; then nothing says that one of them is lost.
        return label == 0
    is_closed, bad = to_yes_no(frame[header], mapping.missing_texts)
    if bad.any() and not scoring:
        raise MappingError(
            f"label: {int(bad.sum()):,} of {len(frame):,} rows have neither yes nor no in {header!r}, which [label] "
            "decided_by names. Name a column of yes and no that says which leads are closed or lost, or list the "
            "values of open leads under [label] open."
        )
    return (label == 0) & (is_closed != 1)


def _find_dated(frame: pd.DataFrame, header: str, mapping: Mapping, value_format: ValueFormat) -> np.ndarray:
    """Find the cells of the label that hold a date. Mask of shape (n,)."""
    decision = value_format.dates.get(header, DateDecision("label", header))
    times = to_time(frame[header], value_format.zone, mapping.missing_texts, decision.date_format)[0]
    return ~np.isnat(times)


def _reject_unknown(
    unknown: np.ndarray, texts: np.ndarray, mapping: Mapping, unplaced: UnplacedLabels, validator: RowValidator
) -> None:
    """Reject the rows whose label is none that the mapping lists."""
    different = len({text for text in texts[unknown] if text is not None})
    named = ", ".join(repr(text[:30]) for text, _ in unplaced.values[:_NAMED])
    others = different - len(unplaced.values[:_NAMED])
    if named:
        problem = f"has a label that is not in the mapping ({named}{f' and {others} others' if others else ''})"
    else:
        what = "neither a date nor a label of" if DATED in (*mapping.booked, *mapping.not_booked) else "not in"
        problem = f"has a label that is {what} the mapping ({different} different texts)"
    validator.reject(unknown, str(mapping.label_column), problem, "Add it to booked, not_booked or open")


def open_young_leads(
    column: LabelColumn,
    label: np.ndarray,
    created_at: np.ndarray,
    data_end: np.datetime64,
    mapping: Mapping,
    validator: RowValidator,
) -> np.ndarray:
    """Return the labels with NaN for leads younger than ``[label] open_days`` whose label says nothing yet.

    Those are empty cells, and the states in which every booking begins.

    Parameters
    ----------
    label : float array of shape (n,)
        As ``column`` has it, or with more of it unknown.
    created_at : datetime64[us] array of shape (n,)
    data_end : datetime64
        The end of the whole table.
    """
    if mapping.label_open_days is None:
        return label
    young = (column.is_blank | column.is_initial) & ~np.isnan(label)
    young &= created_at + mapping.label_open_days * DAY > data_end
    names = " or ".join(repr(value) if value else "empty" for value in mapping.label_initial or (BLANK,))
    validator.note(
        f"leads: the label {mapping.label_column!r} is {names} for {{count}} leads younger than "
        f"{mapping.label_open_days} days, which are not decided yet; they are not used for training and can be scored.",
        int((young & validator.keep).sum()),
    )
    return np.where(young, np.nan, label)


def find_labels_end(created_at: np.ndarray, known_at: np.ndarray | None, latest: np.datetime64) -> np.datetime64:
    """Return the latest time at which a lead came or a label became known, not after ``latest``; NaT without any."""
    times = created_at if known_at is None else np.concatenate([created_at, known_at])
    recorded = times[times <= latest]
    return recorded.max() if len(recorded) else np.datetime64("NaT", "us")


def _check_label_values(mapping: Mapping, texts: np.ndarray) -> None:
    """Refuse a mapping whose booked or not_booked values do not occur in the label column."""
    occurring = {text.casefold(): text for text in texts if text is not None}
    listed = (value for value in (*mapping.booked, *mapping.not_booked) if value and value not in WILDCARDS)
    mapped = [parse_category(value, frozenset())[0] or "" for value in listed]
    faults = find_absent_values(
        f"[label] of {mapping.label_column!r}",
        (value for value in mapped if value.casefold() not in occurring),
        occurring.values(),
    )
    if faults:
        raise MappingError(
            f"label: {len(faults)} fault(s) in the mapping.\n" + "\n".join(f"  - {fault}" for fault in faults)
        )


def read_label_known_at(
    frame: pd.DataFrame,
    mapping: Mapping,
    value_format: ValueFormat,
    created_at: np.ndarray | None,
    validator: RowValidator,
) -> np.ndarray | None:
    """Return when each label became known (datetime64[us], UTC, NaT unknown).

    None when the mapping names no column for it, or the file lacks it.
    """
    header = mapping.label_known_at
    if header is None or header not in frame:
        return None
    decision = value_format.dates.get(header, DateDecision("label known at", header))
    values = join_time_of_day(frame, header, decision.date_format)
    known_at, bad, naive = to_known_time(values, value_format.zone, mapping.missing_texts, decision.date_format)
    remedy = "Such a label counts as known when the horizon has passed; correct the date in the CRM"
    validator.treat_as_missing(bad, f"label known at {header!r}", "is not a time, such as 2026-03-14 15:05", remedy)
    validator.note(
        f"leads: {{count}} times of {header!r} (when the label became known) had no time zone; "
        f"assumed {value_format.zone}.",
        naive,
    )
    if created_at is not None:
        early = known_at < created_at
        validator.treat_as_missing(early, f"label known at {header!r}", "is earlier than created_at", remedy)
        known_at[early] = np.datetime64("NaT")
    return known_at
