"""Which fields does a source never send? A phone line brings no message, however many leads call.

Lives here: learning this from a table of leads, and marking the leads it concerns.
Does not live here: what an unsent field does to a signal (``feature_matrix``), fields absent from a payload
(``batch``).

Such a field is missing as usual: the model has learned what leads of this source are worth without it, so neither a
blank nor its absence from a payload makes the score less certain.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

import numpy as np

from features.arrays.dictionary_encoding import encode_values

__all__ = ["MIN_LEADS_PER_SOURCE", "SourceFields", "is_blank"]

MIN_LEADS_PER_SOURCE = 50
"""Leads of a source without one value of a field, from which on the source does not send it.

A field that one lead in twenty fills is blank in fifty leads by chance once in thirteen sources; a wrong guess costs
little, because a blank that nearly every lead of the source has tells next to nothing about one of them.
"""

_SOURCE_COLUMNS = ("channel", "source")
_ALWAYS_SENT = frozenset(("lead_id", *_SOURCE_COLUMNS))


@dataclass(frozen=True)
class SourceFields:
    """Columns that no lead of a source fills.

    Parameters
    ----------
    unfilled : dict
        Column that names a source ("channel", "source") -> its value -> the columns that are always blank there.
    """

    unfilled: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def from_columns(cls, columns: Mapping[str, np.ndarray]) -> "SourceFields":
        """Learn from the columns of m leads, each of shape (m,).

        A column that is blank everywhere belongs to no source: the practice does not collect it.

        >>> channel = np.array(["phone"] * 50 + ["web_form"] * 2, object)
        >>> message = np.array([None] * 50 + ["hello", None], object)
        >>> SourceFields.from_columns({"channel": channel, "message": message}).unfilled
        {'channel': {'phone': ('message',)}}
        """
        filled = {name: ~is_blank(values) for name, values in columns.items() if name not in _ALWAYS_SENT}
        collected = {name: mask for name, mask in filled.items() if mask.any()}
        unfilled = {}
        for source in _SOURCE_COLUMNS:
            if source not in columns:
                continue
            codes, values = encode_values(columns[source])
            leads = np.bincount(codes[codes >= 0], minlength=len(values))
            counts = {
                name: np.bincount(codes[mask & (codes >= 0)], minlength=len(values)) for name, mask in collected.items()
            }
            by_value = {
                str(values[code]): tuple(name for name in counts if counts[name][code] == 0)
                for code in np.flatnonzero(leads >= MIN_LEADS_PER_SOURCE)
            }
            unfilled[source] = {value: names for value, names in by_value.items() if names}
        return cls({source: by_value for source, by_value in unfilled.items() if by_value})

    def find_missing_as_usual(
        self, columns: Mapping[str, np.ndarray], wanted_columns: Container[str] | None = None
    ) -> dict[str, np.ndarray]:
        """Return column -> which leads lack it as every lead of their source does. Each mask of shape (m,), bool.

        A lead whose source is not known lacks nothing as usual.

        Parameters
        ----------
        wanted_columns : container of str, optional
            The columns that are looked at; all of them when left out.
        """
        missing: dict[str, np.ndarray] = {}
        for source, by_value in self.unfilled.items():
            if source not in columns:
                continue
            for value in set(columns[source].tolist()) & by_value.keys():
                listed = [
                    name
                    for name in by_value[value]
                    if name in columns and (wanted_columns is None or name in wanted_columns)
                ]
                of_source = np.equal(columns[source], value).astype(bool) if listed else np.empty(0, bool)
                if of_source.any():
                    for name in listed:
                        mask = of_source & is_blank(columns[name])
                        missing[name] = missing[name] | mask if name in missing else mask
        return missing

    def list_patterns(self) -> list[tuple[str, ...]]:
        """List what each source leaves out, every set of columns once."""
        return list(dict.fromkeys(names for by_value in self.unfilled.values() for names in by_value.values()))


def is_blank(values: np.ndarray) -> np.ndarray:
    """Return where a column has no value. Shape (m,), bool.

    >>> is_blank(np.array([1.0, np.nan])).tolist(), is_blank(np.array(["a", None], object)).tolist()
    ([False, True], [False, True])
    """
    if values.dtype.kind == "M":
        return np.isnat(values)
    return np.isnan(values) if values.dtype.kind == "f" else np.equal(values, None).astype(bool)
