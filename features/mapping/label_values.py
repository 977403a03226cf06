"""How does [label] of a mapping name what stands in a cell, where it is not one text: any value, any date, or nothing?

Lives here: the three words in brackets for it, the meaning of each listed text, the faults of such lists.
Does not live here: reading a label column (``tables.lead_labels``), guessing one (``profiling.labels``).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["BLANK", "DATED", "FILLED", "WILDCARDS", "find_fill_faults", "give_meanings", "normalize_value"]

BLANK = ""
"""An empty cell. A mapping may also write ``(blank)``."""
DATED = "(date)"
"""Any cell with a date that can be read and that no list names."""
FILLED = "(filled)"
"""Any cell with a value that no list names."""
WILDCARDS = (DATED, FILLED)


def normalize_value(value: object) -> str:
    """Return a value of a list under [label] as text, ``(blank)`` in any case as the empty text.

    >>> normalize_value("(Blank)"), normalize_value("(DATE)"), normalize_value(1)
    ('', '(date)', '1')
    """
    text = str(value)
    folded = text.strip().casefold()
    return BLANK if folded == "(blank)" else folded if folded in WILDCARDS else text


def give_meanings(booked: Iterable[str], not_booked: Iterable[str], still_open: Iterable[str]) -> dict[str, float]:
    """Return the label of each listed value in lower case: 1 booked, 0 not booked, NaN open.

    >>> give_meanings(["(date)"], [""], ["TBD"])
    {'tbd': nan, '': 0.0, '(date)': 1.0}
    """
    meanings: dict[str, float] = {}
    for values, label in ((still_open, np.nan), (not_booked, 0.0), (booked, 1.0)):
        meanings |= {value.casefold(): label for value in values}
    return meanings


def find_fill_faults(label: dict[str, Any]) -> list[str]:
    """Return the faults of a [label] that tells by filled and empty cells.

    >>> find_fill_faults({"column": "Booked on", "booked": ["Yes"], "not_booked": ["No"], "open_days": 14})
    ['[label] open_days says how long an empty cell is open, but neither booked nor not_booked lists "(blank)".']
    """
    listed = [normalize_value(value) for name in ("booked", "not_booked", "open") for value in label.get(name, ())]
    faults, days, known_at = [], label.get("open_days"), label.get("known_at")
    decided = [normalize_value(value) for name in ("booked", "not_booked") for value in label.get(name, ())]
    if len({*listed} & {*WILDCARDS}) > 1:
        faults.append('[label] lists both "(date)" and "(filled)". Keep one.')
    if days is not None and (isinstance(days, bool) or days < 1):
        faults.append(f"[label] open_days is {days!r}, expected a whole number of days, at least 1.")
    elif days is not None and BLANK not in decided and not label.get("initial"):
        faults.append(
            '[label] open_days says how long an empty cell is open, but neither booked nor not_booked lists "(blank)".'
        )
    faults += _find_initial_faults(label, listed)
    if days is not None and label.get("final") is not None:
        faults.append("[label] has both open_days and final: young leads are open, or every label is final. Keep one.")
    if known_at is not None and known_at == label.get("column") and DATED not in listed:
        faults.append(
            "[label] known_at is the label itself, expected the column with the date on which the label became known."
        )
    return faults


def _find_initial_faults(label: dict[str, Any], listed: list[str]) -> list[str]:
    """Return the faults of ``initial``: values in which a booking begins, and what ends that state.

    >>> _find_initial_faults({"initial": ["New"]}, ["Kept"])  # doctest: +NORMALIZE_WHITESPACE
    ["[label] initial lists 'New', which is in none of booked, not_booked and open. Add it to one of them.",
     '[label] initial needs known_at, the column with the day of the visit, or open_days. Add one.']
    """
    initial = [normalize_value(value) for value in label.get("initial", ())]
    faults = [
        f"[label] initial lists {value or '(blank)'!r}, which is in none of booked, not_booked and open. Add it to one "
        "of them."
        for value in initial
        if value not in listed
    ]
    if initial and label.get("known_at") is None and label.get("open_days") is None:
        faults.append("[label] initial needs known_at, the column with the day of the visit, or open_days. Add one.")
    return faults
