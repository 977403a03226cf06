"""Which leads of a flat file booked, which did not, and when was it known? The label column as the mapping reads it.

Lives here: labels, unknown labels, the time at which each became known. Does not live here: the leads
(``leads_table``), finding the label column (``features.profiling.labels.label_detection``).
"""

from collections.abc import Set

import numpy as np
import pandas as pd

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.validation import find_absent_values
from features.parsing.column_values import to_category
from features.parsing.scalars import parse_category
from features.parsing.timestamps import to_known_time
from features.tables.column_conversion import ValueFormat
from features.tables.date_columns import DateDecision, join_time_of_day
from features.tables.row_validation import RowValidator

__all__ = ["read_label", "read_label_known_at"]


def read_label(frame: pd.DataFrame, mapping: Mapping, validator: RowValidator, scoring: bool) -> np.ndarray | None:
    """Return 1 booked, 0 not booked, NaN unknown; None when there is no label column."""
    if mapping.label_column is None or mapping.label_column not in frame:
        return None
    texts, bad = to_category(frame[mapping.label_column], frozenset({""}))
    if not scoring and len(frame):
        _check_label_values(mapping, pd.unique(texts))
    label_of = _get_label_meanings(mapping)
    blank = label_of.get("", np.nan)
    by_text = {text: label_of.get(text.casefold(), np.nan) for text in pd.unique(texts) if text is not None}
    label = np.array([blank if text is None else by_text[text] for text in texts], float)
    unknown = bad | _find_unknown_labels(texts, label_of.keys(), mapping.missing_texts)
    if unknown.any() and not scoring:
        values = sorted({text[:30] for text in texts[unknown] if text is not None})
        examples = ", ".join(map(repr, values[:3])) + (" and others" if len(values) > 3 else "")
        validator.reject(
            unknown,
            mapping.label_column,
            f"has a label that is not in the mapping ({examples})",
            "Add it to booked, not_booked or open",
        )
    is_open = np.array([text is not None and text.casefold() in label_of for text in texts], bool) & np.isnan(label)
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
    return label


def _get_label_meanings(mapping: Mapping) -> dict[str, float]:
    """Return the label of each listed value in lower case: 1 booked, 0 not booked, NaN open; "" is an empty cell."""
    return (
        {value.casefold(): np.nan for value in mapping.open}
        | {value.casefold(): 0.0 for value in mapping.not_booked}
        | {value.casefold(): 1.0 for value in mapping.booked}
    )


def _check_label_values(mapping: Mapping, texts: np.ndarray) -> None:
    """Refuse a mapping whose booked or not_booked values do not occur in the label column."""
    occurring = {text.casefold(): text for text in texts if text is not None}
    listed = (value for value in (*mapping.booked, *mapping.not_booked) if value)
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


def _find_unknown_labels(texts: np.ndarray, labels: Set[str], missing: frozenset[str]) -> np.ndarray:
    """Find the rows whose label is neither in the mapping nor missing. Mask of shape (n,)."""
    return np.array(
        [text is not None and text.casefold() not in labels and text.casefold() not in missing for text in texts], bool
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
