"""Which of our columns does one key of a JSON payload mean? Headers, our names and their usual spellings, mixed.

Lives here: renaming the keys of a payload as the columns of an export are renamed. Does not live here: the mapping
(``column_mapping``), reading the values (``features.tables.json_payload``).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from typing import Any

from features.arrays.text_memory import TextMemory
from features.mapping.column_answers import replace_answer
from features.mapping.column_headers import COLUMN_HEADERS
from features.parsing.dates.date_headers import split_words
from features.parsing.dates.date_texts import join_date_and_time
from features.parsing.scalars import is_missing
from features.schema import CUSTOM_PREFIX, LEADS

__all__ = ["PayloadColumns", "flatten_payload"]

_PASSED_THROUGH = ("events", "outcomes", "cutoff")
_KEYS_KEPT, _LONGEST_KEPT = 1024, 100
"""Keys whose column is remembered, and their most characters."""


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
        return {
            column: None if _is_empty(column, value, missing_texts) else value
            for column, value in self.select(payload, missing_texts, as_written).items()
        }

    def select(
        self, payload: dict[str, Any], missing_texts: frozenset[str], as_written: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the value of each of our columns in one flat payload, as ``rename`` does, but missing ones as sent."""
        selected: dict[str, Any] = {}
        exact: dict[str, bool] = {}
        for key, value in flatten_payload(self._join_times_of_day(payload)):
            column, is_exact = self._columns_found.get(key) or self._find(key)
            if as_written and key in as_written and key != column and key not in self.by_header:
                column, is_exact = CUSTOM_PREFIX + key, False
            if column is None:
                continue
            if column in self._answers_by_column:
                value = replace_answer(value, self._answers_by_column[column])
            # Two keys may mean one column: an empty value must not erase the one already present, and a key that only
            # resembles our name must not replace the name itself.
            if column in selected:
                if _is_empty(column, value, missing_texts):
                    continue
                if exact[column] and not is_exact and not _is_empty(column, selected[column], missing_texts):
                    continue
            selected[column], exact[column] = value, is_exact
        return selected

    def find_column(self, key: str) -> str | None:
        """Return our column for one key; see ``Mapping.find_payload_column``."""
        return self._find(key)[0]

    def _find(self, key: str) -> tuple[str | None, bool]:
        """Return our column for one key, and whether the key is its header or name as written."""
        result = self._columns_found.get(key)
        if result is None:
            column = self._compare_spelling(key)
            result = self._columns_found.keep(key, (column, key in self.by_header or key == column))
        return result

    @cached_property
    def _columns_found(self) -> TextMemory[tuple[str | None, bool]]:
        """Results of ``_find``, by key."""
        return TextMemory(_KEYS_KEPT, _LONGEST_KEPT)

    def _compare_spelling(self, key: str) -> str | None:
        """Find the column of a key by what is written, then by its spelling."""
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


def _is_empty(column: str, value: Any, missing_texts: frozenset[str]) -> bool:
    """Whether a value says nothing; a column that is passed through has no missing texts."""
    return value is None if column in _PASSED_THROUGH else is_missing(value, missing_texts)


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
