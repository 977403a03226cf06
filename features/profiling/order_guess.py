"""What gives the order in time where an export has no dates? A serial number, or months down the file.

Lives here: the guess with its evidence. Does not live here: dates (``date_columns``), which column is which
(``column_matching``).
"""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.mapping.column_mapping import ROW_NUMBER
from features.mapping.type_inference import infer_kind, split_header
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.phone_validation import find_phone
from features.parsing.scalars import may_be_number

__all__ = ["OrderGuess", "guess_order"]

_CONTACT_WORDS = frozenset(
    "phone mobile cell tel telephone fax whatsapp zip postal postcode birth dob caller ssn plz postleitzahl cep mrn "
    "member policy insurance account chart nhs medicare medicaid handy telefon telefono movil portable".split()
)
_SERIAL_WORDS = frozenset("id record key serial".split())
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True)
class OrderGuess:
    """Hold what gives the order in time of a file without dates: ``by`` is a column or the row number.

    ``newest_first`` is True if it runs from the newest lead to the oldest.
    """

    by: str
    newest_first: bool
    reason: str


def guess_order(columns: ParsedColumns) -> OrderGuess | None:
    """Guess what gives the order in time, with the figures in ``reason``; None if nothing does.

    Contact data never is an order: a file sorted by phone number says nothing about time.
    """
    for name in columns:
        if _has_contact_data(name, columns) or not all(map(may_be_number, columns.select_present(name, 100))):
            continue
        numbers, bad = columns.numbers(name)
        if (
            len(numbers) < 20
            or bad.any()
            or np.isnan(numbers).any()
            or (numbers != np.round(numbers)).any()
            or len(np.unique(numbers)) < len(numbers)
        ):
            continue
        rising = float((np.diff(numbers) > 0).mean())
        if max(rising, 1 - rising) >= 0.99:
            trend = "rises" if rising >= 0.5 else "falls"
            direction = "oldest" if rising >= 0.5 else "newest"
            share = f"it {trend} in {max(rising, 1 - rising):.1%} of the steps down the file"
            reason = f"a serial number, unique, and {share}: the file seems to start with the {direction} lead"
            # Numbers are issued in time order even if the file lists the newest lead first.
            return OrderGuess(name, False, f"{reason}; a larger number is assumed to be later")
    guesses = (_guess_order_by_months(name, columns[name]) for name in columns)
    return next((guess for guess in guesses if guess is not None), None)


def _has_contact_data(name: str, columns: ParsedColumns) -> bool:
    """Return whether a column has phone numbers, or the header of personal data such as a ZIP code or a birth date."""
    tokens = set(split_header(name))
    if tokens & _CONTACT_WORDS:
        return True
    if tokens & _SERIAL_WORDS:
        return False
    # A column of phone numbers with gaps is read as floats: 6175550123.0.
    texts = [re.sub(r"\.0$", "", str(value)) for value in columns.select_present(name, limit=500)]
    phones = sum(len(re.sub(r"\D", "", text)) >= 10 and find_phone(text) is not None for text in texts)
    return phones > 0.9 * len(texts)


def _guess_order_by_months(name: str, values: pd.Series) -> OrderGuess | None:
    """Guess the row order from a column of months in long runs that move through the year; None if there is none."""
    months = values.astype(str).str.strip().str.lower().str[:3]
    is_month = months.isin(_MONTHS)
    if len(months) < 100 or is_month.mean() < 0.98 or infer_kind(values) not in ("category", "short_text"):
        return None
    month_numbers = months[is_month].map({month: i for i, month in enumerate(_MONTHS)}).to_numpy(int)
    changes = np.flatnonzero(np.diff(month_numbers))
    share = np.bincount(month_numbers, minlength=12) / len(month_numbers)
    # Neighbors in shuffled rows differ with the probability that two random rows have different months.
    expected = (1 - (share**2).sum()) * (len(month_numbers) - 1)
    if len(changes) < 2 or len(changes) > 0.05 * expected:
        return None
    steps = (month_numbers[changes + 1] - month_numbers[changes]) % 12
    forward, back = float((steps <= 4).mean()), float((steps >= 8).mean())
    backwards, shares = back > forward, max(forward, back)
    run_months = [_MONTHS[month] for month in (month_numbers[0], *month_numbers[changes + 1])]
    # A file sorted by the month's name has long runs too, but its alphabetical order says nothing about time.
    if shares < 0.8 or sorted(run_months) in (run_months, run_months[::-1]):
        return None
    reason = (
        f"the rows seem to be in time order: {name!r} changes {len(changes):,} times down the file, "
        f"where shuffled rows would change about {expected:,.0f} times, "
        f"and {shares:.0%} of the changes go {'back' if backwards else 'on'} by one to four months"
    )
    return OrderGuess(ROW_NUMBER, backwards, reason)
