"""Is a status that reads as open the end of many old leads: "no answer", for months?

Lives here: the question about such a status. Does not live here: what a status says (``outcome_words``), which column
is the label (``label_detection``).
"""

import numpy as np
import pandas as pd

from features.array_types import DAY
from features.parsing.column_values import to_category
from features.profiling.date_columns import DateColumn
from features.profiling.labels.label_guess import BLANK, LabelGuess, add_question

__all__ = ["ask_about_stale_values"]

_FEWEST, _LEAST_SHARE = 20, 0.1
_STALE_DAYS = 45
_LIKE_THE_OTHERS = 0.5
"""Leads that somebody still works on are far younger than all leads together."""


def ask_about_stale_values(
    label: LabelGuess | None, frame: pd.DataFrame, created: DateColumn | None, missing: frozenset[str]
) -> LabelGuess | None:
    """Return the label with a question about each open value of many leads that are as old as all others.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
    created : DateColumn or None
        The time of each enquiry; without one nothing is asked.
    """
    if label is None or created is None or np.isnat(created.times).all():
        return label
    arrivals, texts = created.times, to_category(frame[label.column], missing)[0]
    ages = (np.nanmax(arrivals) - arrivals) / DAY
    usual = np.nanmedian(ages)
    for value in label.open:
        of_value = np.array([text == value for text in texts]) & ~np.isnan(ages)
        count = int(of_value.sum())
        if value == BLANK or count < max(_FEWEST, _LEAST_SHARE * len(frame)):
            continue
        age = float(np.median(ages[of_value]))
        if age > max(_STALE_DAYS, _LIKE_THE_OTHERS * usual):
            label = add_question(
                label,
                f"{count:,} leads are still {value!r}, half of them for over {age:.0f} days. If that is how they "
                "ended, move it to not_booked; open leads teach nothing, and without them the rate of booking is too "
                "high.",
            )
    return label
