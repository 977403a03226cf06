"""On which date did the outcome of each lead become known? A column of dates that goes with the label.

Lives here: choosing it, with the reason. Does not live here: the label (``label_detection``).
"""

import re
from dataclasses import replace
from datetime import UTC

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.mapping.type_inference import split_header
from features.parsing.column_values import to_category
from features.parsing.dates.timestamps import to_known_time, to_time
from features.profiling.labels.label_guess import LabelGuess
from features.profiling.labels.outcome_words import classify_header, is_attendance_header
from features.profiling.late_headers import is_planned_date

__all__ = ["add_known_at"]


_MIN_UNLABELED, _BLANK_SHARE = 20, 0.95

_END_WORDS = re.compile(
    r"\b(?:appointment|visit|close|closed|outcome|decision|decided|converted|conversion|resolved|result)\b"
)


def add_known_at(
    label: LabelGuess | None,
    frame: pd.DataFrame,
    kinds: dict[str, str],
    headers: dict[str, str],
    missing: frozenset[str],
) -> LabelGuess | None:
    """Return the label with the column of the date on which it became known, if the export has one.

    Such a column has dates for at least 90% of the labeled leads, at least 99% of them not before the inquiry. Also,
    the label must be about attendance, or the header of the column about a visit or an end, or the column blank as long
    as the label is.
    """
    if label is None or "created_at" not in headers:
        return label
    created_at = to_time(frame[headers["created_at"]], UTC, missing)[0]
    is_labeled = np.isin(
        np.array([value or "" for value in to_category(frame[label.column])[0]], str),
        [*label.booked, *label.not_booked],
    )
    attendance = is_attendance_header(label.column)
    # A visit can be canceled until its day, and a flag of cancellations says nothing of one that lies ahead.
    until_visit = classify_header(label.column) == "failure"
    candidates = []
    for name, kind in kinds.items():
        named = bool(_END_WORDS.search(" ".join(split_header(name)))) or (until_visit and is_planned_date(name))
        if kind != "date" or name in headers.values():
            continue
        known_at = to_known_time(frame[name], UTC, missing)[0]
        if not (named or attendance or _is_blank_with_label(known_at, is_labeled)):
            continue
        filled, both = ~np.isnat(known_at[is_labeled]), is_labeled & ~np.isnat(known_at) & ~np.isnat(created_at)
        later = float((known_at >= created_at)[both].mean()) if both.any() else 0.0
        if filled.mean() >= 0.9 and later >= 0.99:
            candidates.append((not named, name, int(both.sum()), int((known_at < created_at)[both].sum())))
    if not candidates:
        return label
    # min keeps the first of equals, so the export's own order of columns decides.
    _, name, dates, earlier = min(candidates, key=lambda candidate: candidate[0])
    share = f"all but {earlier:,} of {dates:,} dates" if earlier else f"all {dates:,} dates"
    reason = (
        f"the outcome is known on that day: {share} are on or after {headers['created_at']!r}; "
        "a date counts as known at the end of that day"
    )
    return replace(label, known_at=name, known_at_reason=reason)


def _is_blank_with_label(known_at: TimeArray, is_labeled: np.ndarray) -> bool:
    """Return whether enough leads have no label yet, and hardly any of them has this date."""
    blank = np.isnat(known_at[~is_labeled])
    return len(blank) >= _MIN_UNLABELED and blank.mean() >= _BLANK_SHARE
