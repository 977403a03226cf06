"""What does each column of a table mean? Parsed once, however often it is judged.

Lives here: ``ParsedColumns``, the columns of a frame with their present values, categories, numbers and times, each
worked out on first use and once for each distinct value.
Does not live here: what a value means (``scalars``, ``column_values``, ``timestamps``), the judgments
(``features.profiling``).
"""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.column_values import decide_numbers, find_present, thin_rows, to_codes, to_number
from features.parsing.dates.date_evidence import DateEvidence, collect_evidence
from features.parsing.dates.date_format_decision import DateFormat, decide_format
from features.parsing.dates.timestamps import to_time
from features.parsing.number_formats import NumberEvidence, NumberFormat

__all__ = ["ParsedColumns"]

T = TypeVar("T")
_SAMPLE = 20_000


class ParsedColumns:
    """The columns of a frame, parsed on first use.

    Parameters
    ----------
    frame : DataFrame
        Raw values, with unique headers.
    missing : frozenset of str
        The texts that mean "missing", see ``scalars.normalize_missing_markers``.

    >>> columns = ParsedColumns(pd.DataFrame({"visits": ["3", "", "1,200"]}), frozenset({""}))
    >>> columns.numbers("visits")[0].tolist(), columns.count_distinct("visits")
    ([3.0, nan, 1200.0], 2)
    """

    def __init__(self, frame: pd.DataFrame, missing: frozenset[str]) -> None:
        self.frame, self.missing = frame, missing
        self._parsed: dict[tuple[object, ...], Any] = {}

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.frame)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the headers, in the order of the file."""
        return iter(self.frame.columns)

    def __getitem__(self, name: str) -> pd.Series:
        """Return the raw values of a column."""
        return self.frame[name]

    def without(self, name: str) -> "ParsedColumns":
        """Return all other columns; what is parsed already is shared."""
        others = ParsedColumns(self.frame.drop(columns=[name]), self.missing)
        others._parsed = self._parsed
        return others

    def is_present(self, name: str) -> np.ndarray:
        """Return which values are not missing. Shape (n,), bool."""
        return self.remember(("present", name), lambda: find_present(self.frame[name], self.missing))

    def select_present(self, name: str, limit: int) -> np.ndarray:
        """Return the values that are not missing, in order, evenly thinned to ``limit``."""
        rows = thin_rows(np.flatnonzero(self.is_present(name)), limit)
        return self.frame[name].iloc[rows].to_numpy(object if self.frame[name].dtype.kind not in "fiub" else None)

    def sample_present(self, name: str) -> pd.Series:
        """Return at most 20,000 present values of a column, evenly spaced, in its own type."""
        return self.frame[name].iloc[thin_rows(np.flatnonzero(self.is_present(name)), _SAMPLE)]

    def is_unique(self, name: str) -> bool:
        """Return whether the present values all differ, as they stand in the file."""
        return self.remember(("unique", name), lambda: not self.frame[name][self.is_present(name)].duplicated().any())

    def is_constant(self, name: str) -> bool:
        """Return whether the present values are all the same, as they stand in the file."""
        first = self.select_present(name, limit=1000)
        if len(set(first.tolist())) > 1:
            return False
        return self.frame[name][self.is_present(name)].nunique(dropna=False) == 1

    def categories(self, name: str) -> DictionaryEncoded:
        """Return a column as ``column_values.to_category`` reads it, dictionary-encoded."""
        return self.remember(("category", name), lambda: to_codes(self.frame[name], "category", self.missing)[0])

    def category_texts(self, name: str) -> ObjectArray:
        """Return a column as ``column_values.to_category`` reads it: text or None. Shape (n,)."""
        encoded = self.categories(name)
        return encoded.distinct[encoded.codes]

    def category_codes(self, name: str) -> IntArray:
        """Return a number for each distinct category, in order of appearance; -1 is missing. Shape (n,)."""
        return self.remember(("category codes", name), lambda: _number_categories(self.categories(name)))

    def is_filled(self, name: str) -> np.ndarray:
        """Return which rows have a category. Shape (n,), bool."""
        return self.category_codes(name) >= 0

    def count_distinct(self, name: str) -> int:
        """Count the distinct categories."""
        return int(self.category_codes(name).max(initial=-1)) + 1

    def numbers(self, name: str) -> tuple[FloatArray, np.ndarray]:
        """Return a column as ``column_values.to_number`` reads it: (numbers, bad), both of shape (n,)."""
        written_format = self.number_format(name)[0]
        return self.remember(("number", name), lambda: to_number(self.frame[name], self.missing, written_format))

    def number_format(self, name: str) -> tuple[NumberFormat, NumberEvidence]:
        """Return how the numbers of a column are written, with the evidence."""
        return self.remember(("number format", name), lambda: decide_numbers(self.frame[name]))

    def date_evidence(self, name: str) -> DateEvidence:
        """Return what the values of a column show about how its dates are written."""
        return self.remember(("evidence", name), lambda: collect_evidence(self.frame[name], self.missing))

    def times(self, name: str, date_format: DateFormat | None = None) -> TimeArray:
        """Return a column as ``timestamps.to_time`` reads it, times without a zone in UTC. Shape (n,).

        Parameters
        ----------
        date_format : DateFormat, optional
            Decided from the column if omitted.
        """
        written_format = decide_format(self.date_evidence(name))[0] if date_format is None else date_format
        return self.remember(
            ("time", name, written_format), lambda: to_time(self.frame[name], UTC, self.missing, written_format)[0]
        )

    def remember(self, key: tuple[object, ...], parse: Callable[[], T]) -> T:
        """Return what was found out before under this key, or find it out now."""
        if key not in self._parsed:
            self._parsed[key] = parse()
        return self._parsed[key]


def _number_categories(encoded: DictionaryEncoded) -> IntArray:
    """Return a number for each distinct category, in order of appearance; -1 is missing.

    Two raw texts may mean one category, "Web  form" and "Web form", so the codes of the raw texts are not enough.
    """
    by_text = pd.factorize(encoded.distinct)[0]
    codes = by_text[encoded.codes]
    present = codes >= 0
    in_order = np.full(len(codes), -1, np.intp)
    in_order[present] = pd.factorize(codes[present])[0]
    return in_order
