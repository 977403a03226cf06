"""By what is waiting compared, so that nobody is treated worse? Payer, age, language, distance, opening hours.

Lives here: reading these groups. They tell nothing of what a lead brings, and never enter an expectation or a score.
Does not live here: the comparison (``serving.insights.practice_checks.who_waits``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.array_types import IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct
from features.batch import Batch
from features.calendar.timezones import to_local_time
from features.feature_matrix import compute_matrix, select_supported_signals
from features.parsing.value_spelling import fold_value
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.columns.categories import (
    NOT_GIVEN,
    RARE,
    Categories,
    Namer,
    encode_names,
    read_text_column,
    rename_values,
)
from serving.leads.message_language import detect_language

__all__ = ["CLOSED", "NO_MESSAGE", "OPEN", "read_audited"]

NO_MESSAGE = "No message"
"""No language is known of such an inquiry, and most of them are calls that were answered at once."""

OPEN, CLOSED = "While we are open", "While we are closed"

_FEWEST_OF_GROUP = 30
"""Values of fewer inquiries are compared together: of so few nothing could be said."""

_DISTANCE_ENDS = (5, 15, 40)
"""Of bands, in miles or kilometers as the practice counts."""

_KM_PER_MILE = 1.609344
_DISTANCE = "distance_to_offering_clinic"


def read_audited(
    tables: Tables, practice: Practice, rows: IntArray, arrived_at: TimeArray, name_value: Namer
) -> dict[str, Categories]:
    """Read the groups that the data has; a group that it does not tell is absent.

    Spellings of one payer are one, under its most common one; rare ones are taken together.

    Parameters
    ----------
    rows : int array of shape (n,)
        Rows of the tables' leads.
    arrived_at : datetime64[us] array of shape (n,), UTC
    """
    leads = tables.leads.iloc[rows]
    columns = {"payer": "payer", "age": "age_band"}
    groups = {
        name: encode_names(_join_spellings(rename_values(read_text_column(leads, column), column, name_value), column))
        for name, column in columns.items()
        if column in leads
    }
    if "message" in leads and leads["message"].notna().any():
        groups["language"] = _read_language(read_text_column(leads, "message"))
    distance = _band_distance(tables, practice, rows, arrived_at)
    if distance is not None:
        groups["distance"] = distance
    return groups | {"opening": _find_opening(arrived_at, practice)}


def _read_language(messages: ObjectArray) -> Categories:
    """Return which messages read as Spanish."""
    names = (NO_MESSAGE, "Spanish", "English or another language")
    codes = [0 if not text else 1 if detect_language(text) else 2 for text in messages.tolist()]
    return Categories(np.array(codes, np.int64), names)


def _band_distance(tables: Tables, practice: Practice, rows: IntArray, arrived_at: TimeArray) -> Categories | None:
    """Return the leads by how far they live from the nearest clinic that offers what they want; None where no place or
    no clinic is known.
    """
    # Without messages and events, which cost more than all else and tell nothing of a place.
    leads = tables.leads.iloc[rows].drop(columns="message", errors="ignore").reset_index(drop=True)
    fields_only = replace(tables, leads=leads, events=tables.events.iloc[:0], outcomes=tables.outcomes.iloc[:0])
    context = Context(practice)
    filled = [name for name in leads.columns if leads[name].notna().any()]
    signals = [signal for signal in select_supported_signals(filled, False, context) if signal.name == _DISTANCE]
    if not signals:
        return None
    batch = Batch.from_tables(fields_only, np.arange(len(rows)), arrived_at, context)
    km = compute_matrix(batch, signals)[:, 0]
    is_us = practice.formats.is_us
    codes = np.searchsorted(_DISTANCE_ENDS, km / (_KM_PER_MILE if is_us else 1.0), side="left")
    unit = "miles" if is_us else "km"
    first, second, third = _DISTANCE_ENDS
    names = (
        f"Up to {first} {unit}",
        f"{first} to {second} {unit}",
        f"{second} to {third} {unit}",
        f"Over {third} {unit}",
    )
    return Categories(np.where(np.isnan(km), len(names), codes), (*names, NOT_GIVEN))


def _find_opening(arrived_at: TimeArray, practice: Practice) -> Categories:
    """Return which leads came while the practice was open."""
    local = to_local_time(arrived_at, practice.timezone)
    day = local.astype("datetime64[D]")
    weekday = (day.astype(np.int64) + 3) % 7
    minute = ((local - day) // np.timedelta64(1, "m")).astype(np.int64)
    is_open = np.zeros(len(arrived_at), bool)
    for number, spans in enumerate(practice.open_minutes()):
        for begin, end in spans:
            is_open |= (weekday == number) & (minute >= begin) & (minute < end)
    return Categories(np.where(is_open, 0, 1), (OPEN, CLOSED))


def _join_spellings(values: ObjectArray, column: str) -> ObjectArray:
    """Return a column with one spelling for each value, None where it is missing."""
    spellings = pd.Series(values).value_counts()
    counts: dict[str, int] = {}
    usual: dict[str, str] = {}
    for spelling, count in spellings.items():
        folded = fold_value(str(spelling), column)
        counts[folded] = counts.get(folded, 0) + int(count)
        # The most common spelling comes first.
        usual.setdefault(folded, str(spelling))

    def name_group(value: str) -> str:
        folded = fold_value(value, column)
        return usual[folded] if counts[folded] >= _FEWEST_OF_GROUP else RARE

    return map_distinct(values, name_group, None, object)
