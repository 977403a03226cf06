"""Which values of a column are looked at? Distinct texts of an evenly thinned sample of its rows.

Lives here: sampling and counting. Does not live here: judging (``column_judgement``).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.parsing.column_values import as_numpy_array, thin_rows
from features.parsing.scalars import is_missing

__all__ = ["ColumnSample", "sample_texts", "to_text"]


_SAMPLED_ROWS, _SAMPLED_VALUES, _FEW_PRESENT = 4_000, 400, 200
_FLAGS = frozenset("yes no y n true false 0 1 0.0 1.0 x on off checked unchecked".split())


@dataclass(frozen=True)
class ColumnSample:
    """Distinct values of a column as texts, and how many of the sampled rows have each."""

    header: str
    counts: Counter[str]

    @property
    def texts(self) -> list[str]:
        """The distinct values."""
        return list(self.counts)

    @property
    def is_flag(self) -> bool:
        """Whether it is a yes/no column."""
        return 0 < len(self.counts) <= 3 and all(text.casefold() in _FLAGS for text in self.counts)

    def describe(self, hits: int, what: str) -> str:
        """Describe evidence in figures."""
        return f"{hits / len(self.counts):.0%} of {len(self.counts):,} distinct values are {what}"


def sample_texts(values: Any, missing: frozenset[str]) -> Counter[str]:
    """Return distinct values, as texts, of an evenly thinned sample of the rows, with their counts."""
    rows = thin_rows(np.arange(len(values)), _SAMPLED_ROWS)
    # A Series is thinned before its texts become objects.
    thinned = values.iloc[rows] if isinstance(values, pd.Series) else as_numpy_array(values)[rows]
    counts = _count_texts(as_numpy_array(thinned), missing)
    if counts.total() < _FEW_PRESENT and len(rows) < len(values):
        counts = _count_texts(as_numpy_array(values), missing)
    if len(counts) <= _SAMPLED_VALUES:
        return counts
    texts = list(counts)
    sampled = (texts[position] for position in np.linspace(0, len(texts) - 1, _SAMPLED_VALUES).astype(np.intp))
    return Counter({text: counts[text] for text in sampled})


def _count_texts(raw: np.ndarray, missing: frozenset[str]) -> Counter[str]:
    """Count the values that are not missing, as texts."""
    distinct: Counter[Any] = Counter(raw[~pd.isna(raw)].tolist())
    counts: Counter[str] = Counter()
    for value, rows in distinct.items():
        if not is_missing(value, missing):
            counts[to_text(value)] += rows
    return counts


def to_text(value: Any) -> str:
    """Return a value as text; a whole number without decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
