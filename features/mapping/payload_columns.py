"""Which of our columns does one key of a JSON payload mean? Headers, our names and their usual spellings, mixed.

Lives here: renaming the keys of a payload as the columns of an export are renamed. Does not live here: the mapping
(``column_mapping``), reading the values (``features.tables.json_payload``).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from features.mapping.column_answers import replace_answer
from features.mapping.column_headers import COLUMN_HEADERS
from features.parsing.date_headers import split_words
from features.parsing.date_texts import join_date_and_time
from features.parsing.scalars import is_missing
from features.schema import CUSTOM_PREFIX, LEADS

__all__ = ["PayloadColumns", "flatten_payload"]

_PASSED_THROUGH = ("events", "outcomes", "cutoff")


@dataclass(frozen=True)
class PayloadColumns:
    """The columns that the keys of payloads mean.

    Parameters
    ----------
    by_header : dict
        Header of the export -> our column; None for a column left out, the label or the order.
    time_columns : dict
        Header of each time of day -> the header of its date.
    answers : dict
        Header -> texts that are answers there, with their meaning; see ``column_answers``.
    """

    by_header: dict[str, str | None]
    time_columns: dict[str, str]
    answers: dict[str, dict[str, str]] = field(default_factory=dict)

    def rename(
        self, payload: dict[str, Any], missing_texts: frozenset[str], as_written: Collection[str] = ()
    ) -> dict[str, Any]:
        """Rename the keys of one flat payload; see ``Mapping.rename_payload``."""
        renamed: dict[str, Any] = {}
        exact: set[str] = set()
        for key, value in flatten_payload(self._join_times_of_day(payload)):
            column = self.find_column(key)
            if key in as_written and key != column and key not in self.by_header:
                column = CUSTOM_PREFIX + key
            if column is None:
                continue
            value = replace_answer(value, self._answers_by_column.get(column, {}))
            cleaned = value if column in _PASSED_THROUGH or not is_missing(value, missing_texts) else None
            is_exact = key in self.by_header or key == column
            # Two keys may mean one column: an empty value must not erase the one already present, and a key that only
            # resembles our name must not replace the name itself.
            if column not in renamed or (cleaned is not None and (is_exact or column not in exact)):
                renamed[column] = cleaned
            if is_exact and cleaned is not None:
                exact.add(column)
        return renamed

    def find_column(self, key: str) -> str | None:
        """Return our column for one key; see ``Mapping.find_payload_column``."""
        if key in self.by_header:
            return self.by_header[key]
        if key in _PASSED_THROUGH or key in LEADS.by_name or key.startswith(CUSTOM_PREFIX):
            return key
        spelling = _fold_header(key)
        if spelling in self._by_spelling:
            return self._by_spelling[spelling]
        return _column_by_known_name().get(spelling, CUSTOM_PREFIX + key)

    @cached_property
    def _answers_by_column(self) -> dict[str, dict[str, str]]:
        """Return our column -> texts that are answers there: the same in a payload that uses our names."""
        columns = {self.find_column(header): texts for header, texts in self.answers.items()}
        return {column: texts for column, texts in columns.items() if column is not None}

    @cached_property
    def _by_spelling(self) -> dict[str, str | None]:
        """Return the spelling of a header -> our column; spellings that mean two columns are left out."""
        columns: dict[str, set[str | None]] = {}
        for header, column in self.by_header.items():
            columns.setdefault(_fold_header(header), set()).add(column)
        return {spelling: meanings.pop() for spelling, meanings in columns.items() if len(meanings) == 1}

    def is_time_of_day(self, key: str) -> bool:
        """Return whether a key holds the time of day of a date with a key of its own, in any spelling."""
        return key in self.time_columns or _fold_header(key) in map(_fold_header, self.time_columns)

    def _join_times_of_day(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return a payload whose dates have the times of day of their own fields behind them."""
        if not self.time_columns:
            return payload
        keys = {_fold_header(key): key for key in payload} | {key: key for key in payload}
        pairs = {
            keys.get(day, keys.get(_fold_header(day))): keys.get(clock, keys.get(_fold_header(clock)))
            for clock, day in self.time_columns.items()
        }
        joined = {
            day: join_date_and_time(payload[day], payload[clock])
            for day, clock in pairs.items()
            if day is not None and clock is not None
        }
        return payload | joined if joined else payload


def flatten_payload(payload: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the keys and values of a payload, those of its ``custom`` object after its own.

    >>> flatten_payload({"phone": "1", "custom": {"Tier": "gold"}})
    [('phone', '1'), ('Tier', 'gold')]
    """
    extra = payload.get("custom")
    if not isinstance(extra, dict):
        return list(payload.items())
    return [*((key, value) for key, value in payload.items() if key != "custom"), *extra.items()]


@lru_cache(maxsize=4096)
def _fold_header(header: str) -> str:
    """Return a header without capitals, punctuation and separators.

    >>> _fold_header("E-mail Address"), _fold_header("emailAddress"), _fold_header("PHONE")
    ('emailaddress', 'emailaddress', 'phone')
    """
    return "".join(split_words(header))


@cache
def _column_by_known_name() -> dict[str, str]:
    """Return every known name of a leads column -> the column; of two columns with one name, the first has it."""
    own_names = {_fold_header(name): name for name in LEADS.by_name}
    for column in LEADS.columns:
        for name in COLUMN_HEADERS.get(column.name, ()):
            own_names.setdefault(_fold_header(name), column.name)
    return own_names
