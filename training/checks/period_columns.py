"""LC017: does a file that looks undated hold dates, serial numbers or an order after all?

How it is detected, where the leads have neither a date nor an order: a custom column is a date; its values are written
like dates, months, weeks or quarters; it is a serial number (whole numbers, nearly all different); or its values follow
the order of the file (a column explains at least half of the variance of the row number).

Why it matters: folds of an undated file are random, so every lead is predicted by a model that has seen leads of the
same week. A column that tells the week then looks like knowledge, and is worth nothing for the leads of next week: such
a model promised a calibration error of .004 and had .335.

What to do: name the column under [leads] in the mapping, as created_at or as order_by, and train again. Dates and
serial numbers are left out until then. If the column says nothing about time, name it under ``keep_on_purpose``: that
is the answer, and the check holds.
"""

import re
from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from training.check_finding import Finding

__all__ = ["PeriodColumns"]

_MIN_LEADS = 100
_SERIAL_SHARE, _DATE_SHARE = 0.95, 0.9
_ORDER_SHARE = 0.5
_BINS = 20
_SAMPLE = 2000
_PERIOD = re.compile(
    r"(19|20)\d{2}[-/. ]?(0?[1-9]|1[0-2])([-/. ]?(0?[1-9]|[12]\d|3[01]))?([T ].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})([T ].*)?"
    r"|(19|20)\d{2}[-/ ]?[QWKqwk]\d{1,2}|[QWKqwk]\d{1,2}[-/ ]?(19|20)\d{2}"
)
"""2024-03-05, 20240305, 2024-03, 5.3.2024, 3/5/24, 2024-Q1, W07 2024."""


class PeriodColumns:
    """Examines the custom columns of leads without a date and without an order.

    Parameters
    ----------
    tables : Tables
    """

    code = "LC017"

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @property
    def _applies(self) -> bool:
        return "created_at" not in self._tables.leads and self._tables.order is None

    def run(self) -> Finding:
        """Name every column that tells when a lead arrived."""
        if not self._applies:
            return Finding(self.code, "not applicable", "The leads have a date or an order.")
        columns = {**self.find_excluded_columns(), **self._find_order()}
        details = {name.removeprefix(CUSTOM_PREFIX): reason for name, reason in columns.items()}
        if not details:
            return Finding(self.code, "holds", "No column tells when a lead arrived.")
        return Finding(
            self.code,
            "fails",
            f"The file looks undated, but it tells when a lead arrived: {', '.join(details)}. Which of them is the "
            "date or the order of arrival? Name it under [leads] as created_at or order_by; until then nothing is "
            "promised about later leads.",
            details,
        )

    def find_excluded_columns(self) -> dict[str, str]:
        """Return the columns that must not enter as they stand (``custom:<name>``), with the reason."""
        if not self._applies or len(self._tables.leads) < _MIN_LEADS:
            return {}
        reasons = {name: _describe_period(self._tables.leads[name], kind) for name, kind in self._candidates.items()}
        return {name: reason for name, reason in reasons.items() if reason}

    def _find_order(self) -> dict[str, str]:
        """Return the columns whose values follow the order of the file, with the reason."""
        if len(self._tables.leads) < _MIN_LEADS:
            return {}
        shares = {name: _measure_order(self._tables.leads[name], kind) for name, kind in self._candidates.items()}
        return {
            name: f"its values follow the order of the file: they explain {share:.0%} of the row number"
            for name, share in shares.items()
            if share >= _ORDER_SHARE
        }

    @cached_property
    def _candidates(self) -> dict[str, str]:
        """Custom columns that are not kept on purpose -> kind."""
        on_purpose = self._tables.mapping.keep_on_purpose
        return {
            name: kind
            for name, kind in self._tables.custom.items()
            if name.removeprefix(CUSTOM_PREFIX) not in on_purpose
        }


def _describe_period(values: pd.Series, kind: str) -> str:
    """Say how a column names a time; empty where it does not."""
    if kind == "date":
        return "it is a date, and without a date of arrival it would enter as a day of the calendar"
    present = values.dropna()
    if len(present) < _MIN_LEADS:
        return ""
    if kind == "number":
        numbers = present.to_numpy(float)
        is_whole = bool((numbers == np.round(numbers)).all())
        if is_whole and len(np.unique(numbers)) >= _SERIAL_SHARE * len(numbers):
            return "it is a serial number: whole numbers, nearly all different"
        texts = [f"{number:.0f}" for number in numbers[:_SAMPLE]] if is_whole else []
        # Six and more digits: 2024 alone may be an amount.
        is_dated = bool(texts) and min(map(len, texts)) >= 6
    else:
        texts = [str(value).strip() for value in present.iloc[:_SAMPLE]]
        is_dated = True
    if is_dated and np.mean([_PERIOD.fullmatch(text) is not None for text in texts]) >= _DATE_SHARE:
        return "its values are written like dates, months, weeks or quarters"
    return ""


def _measure_order(values: pd.Series, kind: str) -> float:
    """Measure the share of the variance of the row number that a column explains (adjusted eta squared), 0 to 1."""
    rows: FloatArray = np.arange(len(values), dtype=float)
    if kind in ("number", "yes_no"):
        numbers = values.to_numpy(float)
        if np.isnan(numbers).all():
            return 0.0
        edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, _BINS + 1)))
        group = np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers))
    else:
        group = pd.factorize(values.astype(str))[0]
    _, group = np.unique(group, return_inverse=True)
    counts = np.bincount(group)
    if not 2 <= len(counts) <= len(values) // 5:
        return 0.0
    means = np.bincount(group, rows) / counts
    within = float(((rows - means[group]) ** 2).sum()) / (len(rows) - len(counts))
    return max(0.0, 1.0 - within / float(rows.var(ddof=1)))
