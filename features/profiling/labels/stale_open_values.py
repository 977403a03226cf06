"""Is a status that reads as open the end of many old leads: "no answer", for months?

Lives here: the question about such a status. Does not live here: what a status says (``outcome_words``), which column
is the label (``label_detection``).
"""

import numpy as np
import pandas as pd

from features.array_types import DAY, FloatArray
from features.parsing.column_values import to_category
from features.profiling.date_columns import DateColumn
from features.profiling.labels.label_guess import BLANK, LabelGuess, add_question, encode_label

__all__ = ["ask_about_stale_values"]

_FEWEST, _LEAST_SHARE = 20, 0.1
_STALE_DAYS = 45
_LIKE_THE_OTHERS = 0.5
"""Leads that somebody still works on are far younger than all leads together."""
_WHY = "open leads teach nothing, and without them the rate of booking is too high."


def ask_about_stale_values(
    label: LabelGuess | None, frame: pd.DataFrame, created: DateColumn | None, missing: frozenset[str]
) -> LabelGuess | None:
    """Return the label with a question about each open value of many leads that are as old as all others.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
    created : DateColumn or None
        The time of each inquiry; without one nothing is asked.
    """
    if label is None or created is None or np.isnat(created.times).all():
        return label
    arrivals, texts = created.times, to_category(frame[label.column], missing)[0]
    ages = (np.nanmax(arrivals) - arrivals) / DAY
    for value in label.open:
        of_value = np.array([text == value for text in texts])
        age = None if value == BLANK or value in label.initial else _find_stale_age(ages, of_value)
        if age is not None:
            label = add_question(
                label,
                f"{int(of_value.sum()):,} leads are still {value!r}, half of them for over {age:.0f} days. If that is "
                f"how they ended, move it to not_booked; {_WHY}",
            )
    if label.decided_by is None:
        return label
    is_undecided = np.isin([text or BLANK for text in texts], label.not_booked)
    is_undecided &= np.isnan(encode_label(frame[label.column], label))
    age = _find_stale_age(ages, is_undecided)
    if age is None:
        return label
    return add_question(
        label,
        f"{int(is_undecided.sum()):,} leads are neither {label.column!r} nor ended by {label.decided_by!r}, half of "
        f"them for over {age:.0f} days. If they did not book, delete decided_by; {_WHY}",
    )


def _find_stale_age(ages: FloatArray, is_open: np.ndarray) -> float | None:
    """Return the usual age in days of open leads, shape (n,), that are as old as all leads; None for few or young."""
    dated = is_open & ~np.isnan(ages)
    if dated.sum() < max(_FEWEST, _LEAST_SHARE * len(ages)):
        return None
    age = float(np.median(ages[dated]))
    return age if age > max(_STALE_DAYS, _LIKE_THE_OTHERS * float(np.nanmedian(ages))) else None
