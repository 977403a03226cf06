"""How can these figures be made again, and are they the same then? A receipt of what they were computed from.

Lives here: digests of the data, the practice's settings, the code and the figures; comparing two receipts.
Does not live here: receipts of scores (``serving.scoring.answers.receipts``), the inquiries behind a figure
(``figure_rows``).

A digest tells nobody what is in the data: it is of everything at once, with the arrival of each inquiry to the
microsecond. That of the figures is of the cells as they are shown, so that no hidden number can be tried out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import scipy

from features.practice.practice import Practice
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import FigureTable
from serving.insights.scope.report_scope import ReportScope

__all__ = ["Receipt", "compare_receipts", "digest_columns", "digest_practice", "digest_tables", "make_receipt"]

_DIGITS = 32
_WORDS = {
    "data": "the data differs",
    "practice": "the practice's settings differ",
    "code": "the code of the insights differs",
    "libraries": "numpy or scipy is another version",
    "as_of": "they are as of another moment",
    "scope": "they are over other months or filters",
    "figures": "the figures differ",
}


@dataclass(frozen=True)
class Receipt:
    """What figures were computed from.

    Parameters
    ----------
    data, practice, code, figures : str
        Digests: 32 digits of a sha256.
    libraries : str
    as_of : str
        UTC; nothing later was read.
    scope : ReportScope
    leads, touches, spending : int
        Rows read.
    """

    data: str
    practice: str
    code: str
    libraries: str
    as_of: str
    scope: ReportScope
    leads: int
    touches: int
    spending: int
    figures: str

    @property
    def number(self) -> str:
        """The receipt in twelve digits: another one where anything is another."""
        return _digest(json.dumps(self.to_plain(), sort_keys=True))[:12]

    @property
    def command(self) -> str:
        """The command that makes the files of these figures again."""
        parts = ["leadlight insights --data DATA --out DIR", f"--as-of {self.as_of}", f"--months {self.scope.months}"]
        parts += [f"--{dimension} {json.dumps(name, ensure_ascii=False)}" for dimension, name in self.scope.filters]
        return " ".join(parts)

    def with_figures(self, tables: Iterable[FigureTable]) -> "Receipt":
        """Return the receipt of the same figures as these tables show them."""
        return replace(self, figures=digest_tables(tables))

    def to_plain(self) -> dict[str, object]:
        """Return the receipt as JSON can hold it."""
        values_by_name = {column.name: getattr(self, column.name) for column in fields(self) if column.name != "scope"}
        return values_by_name | {"months": self.scope.months, "filters": dict(self.scope.filters)}

    @classmethod
    def from_plain(cls, values_by_name: Mapping[str, object]) -> "Receipt":
        """Return the receipt that ``to_plain`` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        filters = values_by_name["filters"]
        if not isinstance(filters, dict):
            raise TypeError("filters is no object")
        scope = ReportScope(
            int(str(values_by_name["months"])), tuple((str(name), str(of)) for name, of in filters.items())
        )
        return cls(
            data=str(values_by_name["data"]),
            practice=str(values_by_name["practice"]),
            code=str(values_by_name["code"]),
            libraries=str(values_by_name["libraries"]),
            as_of=str(values_by_name["as_of"]),
            scope=scope,
            leads=int(str(values_by_name["leads"])),
            touches=int(str(values_by_name["touches"])),
            spending=int(str(values_by_name["spending"])),
            figures=str(values_by_name["figures"]),
        )


def make_receipt(
    columns: LeadColumns, practice: Practice, scope: ReportScope, tables: Iterable[FigureTable]
) -> Receipt:
    """Make the receipt of a report.

    Parameters
    ----------
    columns : LeadColumns
        Of all leads, before any filter.
    tables : iterable of FigureTable
        The figures.
    """
    return Receipt(
        data=digest_columns(columns),
        practice=digest_practice(practice),
        code=_digest_code(),
        libraries=f"numpy {np.__version__}, scipy {scipy.__version__}",
        as_of=str(columns.as_of),
        scope=scope,
        leads=len(columns),
        touches=len(columns.touches.lead),
        spending=len(columns.spend.amount),
        figures=digest_tables(tables),
    )


def compare_receipts(receipt: Receipt, again: Receipt) -> list[str]:
    """Say how two receipts differ, one part of a sentence for each; empty where the figures were made again.

    >>> from serving.insights.scope.report_scope import ReportScope
    >>> old = Receipt("d", "p", "c", "numpy 2", "2026-11-01T00:00:00.000000", ReportScope(), 9, 0, 0, "f")
    >>> compare_receipts(old, old), compare_receipts(old, replace(old, data="e", figures="g"))
    ([], ['the data differs', 'the figures differ'])
    """
    return [sentence for name, sentence in _WORDS.items() if getattr(receipt, name) != getattr(again, name)]


def digest_columns(columns: LeadColumns) -> str:
    """Digest everything that figures are computed from."""
    digest = hashlib.sha256()
    _feed(digest, columns)
    return digest.hexdigest()[:_DIGITS]


def digest_practice(practice: Practice) -> str:
    """Digest the settings of a practice."""
    return _digest(json.dumps(asdict(practice), sort_keys=True, default=_to_plain))


def digest_tables(tables: Iterable[FigureTable]) -> str:
    """Digest figures, to the last bit of each."""
    return _digest(repr([(table.name, table.rows) for table in sorted(tables, key=lambda table: table.name)]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


@cache
def _digest_code() -> str:
    """Digest the source of this room."""
    room = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(room.rglob("*.py")):
        digest.update(f"{path.relative_to(room).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]


def _feed(digest: "hashlib._Hash", value: object) -> None:
    """Feed a value into a digest, with what kind of value it is."""
    if is_dataclass(value) and not isinstance(value, type):
        for column in fields(value):
            digest.update(f"{column.name}=".encode())
            _feed(digest, getattr(value, column.name))
    elif isinstance(value, Mapping):
        for name in sorted(value):
            digest.update(f"{name}:".encode())
            _feed(digest, value[name])
    elif isinstance(value, np.ndarray) and value.dtype == object:
        # A column of texts as numbers and its distinct texts: millions of rows are of few of them.
        codes, names = pd.factorize(value)
        digest.update(codes.tobytes())
        digest.update(repr(names.tolist()).encode())
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    else:
        digest.update(repr(value).encode())


def _to_plain(value: object) -> object:
    """Return what JSON does not know: sets in order, anything else as its text."""
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)
