"""Is "None" an answer in this column, or how the export writes an empty cell?

Lives here: the decision for each column with its evidence, and the sentence about it.
Does not live here: applying it (``mapping.column_answers``), what "No insurance" says of a payer
(``parsing.answers.payer_answers``).
"""

import re
from dataclasses import dataclass, field

import pandas as pd

from features.parsing.answers.payer_answers import NO_INSURANCE, says_self_pay
from features.parsing.scalars import MISSING
from features.parsing.value_spelling import fold_payer

__all__ = ["NoneAnswers", "decide_none_answers"]

_MARKERS = ("none", "n/a", "na")
_PLAIN_MARKER = "none"
"""The one that a person may mean as an answer in any column: "Allergies: None"."""
_PROGRAM_MARKERS = frozenset(("nan", "nat", "<na>", "null", "undefined"))
_SPELLINGS = ["", " "] + [
    spelling
    for marker in (*_MARKERS, *sorted(_PROGRAM_MARKERS), "NaN", "NaT")
    for spelling in (marker, marker.capitalize(), marker.upper(), f"{marker} ")
]
_NO_ANSWER = "(none)"
_INSURANCE = re.compile(
    r"insur|\bpay[eo]r\b|carrier|coverage|seguro|asegurad|versicher|krankenkasse|assurance|mutuelle|assicuraz|verzeker|"
    r"conv[e\u00ea]nio|obra social|previsi[o\u00f3]n",
    re.IGNORECASE,
)
_NUMBER_OF_INSURANCE = re.compile(r"\b(?:id|no|nr|number|num|policy|group|phone|verified|card|date)\b|#", re.IGNORECASE)
_NEVER_ANSWERED = ("number", "date", "yes_no")
"""Kinds of columns in which "None" can only be an empty cell."""


@dataclass(frozen=True)
class NoneAnswers:
    """Hold what "None" and "N/A" are: header -> text -> meaning where they are answers, and the sentences about it."""

    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _MarkedColumn:
    """A column in which a text stands that usually means an empty cell, with the rows of each of its spellings."""

    header: str
    texts: dict[str, int]
    blank: int

    def count(self, marker: str) -> int:
        """Count the rows of a marker in any spelling."""
        return sum(rows for text, rows in self.texts.items() if text.strip().casefold() == marker)

    def find_text(self, marker: str) -> str | None:
        """Return a marker as it is written most often; None where it does not occur."""
        return next((text.strip() for text in self.texts if text.strip().casefold() == marker), None)


@dataclass(frozen=True)
class _FileEvidence:
    """What a file shows of how it writes empty cells.

    Parameters
    ----------
    nulls : dict
        Marker -> a column in which it can only be an empty cell, None without one.
    program : str, optional
        A text that only programs write for an empty cell.
    has_blanks : bool
        Whether the file has truly empty cells.
    """

    frame: pd.DataFrame
    nulls: dict[str, str | None]
    program: str | None
    has_blanks: bool

    def find_against(self, marker: str, column: _MarkedColumn, is_payer: bool) -> str | None:
        """Return why a marker is an empty cell in a column; None where it is an answer."""
        if self.nulls[marker] is not None:
            return f"the export writes so under {self.nulls[marker]!r} too, where it can be nothing else"
        if self.program is not None and not column.blank:
            return f"the file was written by a program that has no empty cells: it also holds {self.program!r}"
        if not is_payer:
            return None if self.has_blanks else "nothing tells the two apart"
        texts = [str(text) for text in pd.unique(self.frame[column.header].dropna())]
        others = [text for text in texts if text.strip().casefold() not in MISSING]
        own = next((text for text in others if says_self_pay(text) or fold_payer(text) == "selfpay"), None)
        if own is not None:
            return f"the column says {own!r} where nobody insures the person"
        if marker != _PLAIN_MARKER and not column.blank:
            return "it has no empty cells beside it"
        return None


def decide_none_answers(
    frame: pd.DataFrame, kinds: dict[str, str], headers: dict[str, str], label: str | None
) -> NoneAnswers:
    """Decide for each column of texts whether "None" (and of a payer "N/A") is an answer.

    It is none where the export writes its empty cells so: where a program wrote "nan" too, or where it fills most of
    the gaps of numbers, dates and contacts. Else it is an answer where the file has truly empty cells beside it.

    Parameters
    ----------
    kinds : dict
        Header -> kind.
    headers : dict
        Our column -> header.
    label : str, optional
        The header of the label, which has its own rule for empty cells.

    >>> frame = pd.DataFrame({"Insurance": ["None", "Aetna", ""] * 9, "Visits": ["1", "", "2"] * 9})
    >>> decide_none_answers(frame, {"Insurance": "category", "Visits": "number"}, {"payer": "Insurance"}, None).answers
    {'Insurance': {'None': 'No insurance'}}
    """
    roles = {header: column for column, header in headers.items()}
    marked, evidence = _collect(frame, kinds, roles)
    answers: dict[str, dict[str, str]] = {}
    notes = []
    for column in marked:
        header = column.header
        is_payer = _holds_payers(header, roles)
        may_answer = is_payer or (header not in roles and kinds.get(header) in ("category", "short_text"))
        if header == label or kinds.get(header) in _NEVER_ANSWERED or not may_answer:
            continue
        for marker in _MARKERS if is_payer else (_PLAIN_MARKER,):
            text = column.find_text(marker)
            if text is None:
                continue
            against = evidence.find_against(marker, column, is_payer)
            if against is None:
                answers.setdefault(header, {})[text] = NO_INSURANCE if is_payer else _NO_ANSWER
            if against is None or is_payer:
                notes.append(_describe(column, text, len(frame), is_payer, against))
    return NoneAnswers(answers, tuple(notes))


def _describe(column: _MarkedColumn, text: str, rows: int, is_payer: bool, against: str | None) -> str:
    """Say what a text is in a column, and why."""
    count = column.count(text.casefold())
    where = f"{text!r} in {column.header!r} ({count:,} of {rows:,} cells, beside {column.blank:,} empty ones)"
    if against is None:
        doubt = "PLEASE CHECK: " if is_payer and not column.blank else ""
        meaning = NO_INSURANCE if is_payer else _NO_ANSWER
        return f"{doubt}{where} is an answer, {meaning!r}, and no empty cell; see [answers]."
    return (
        f"PLEASE CHECK: {where} counts as an empty cell, because {against}. If it means that nobody insures the "
        f'person, add {text!r} = "{NO_INSURANCE}" under [answers.{column.header!r}].'
    )


def _collect(
    frame: pd.DataFrame, kinds: dict[str, str], roles: dict[str, str]
) -> tuple[list[_MarkedColumn], _FileEvidence]:
    """Return the columns with a marker, and what the file as a whole shows of its empty cells."""
    marked, has_blanks, program = [], False, None
    for header in frame.columns:
        values = frame[header]
        if values.dtype.kind in "fiubM":
            has_blanks |= bool(values.isna().any())
            continue
        # A few spellings are looked up, because counting every text of a long export would take seconds.
        counts = values[values.isin(_SPELLINGS)].value_counts().to_dict()
        blank = int(values.isna().sum()) + sum(rows for text, rows in counts.items() if not text.strip())
        has_blanks |= blank > 0
        program = program or next((text for text in counts if text.casefold() in _PROGRAM_MARKERS), None)
        texts = {text: rows for text, rows in counts.items() if text.strip().casefold() in _MARKERS}
        if texts:
            marked.append(_MarkedColumn(str(header), texts, blank))
    nulls = {marker: _find_null_column(marker, marked, kinds, roles) for marker in _MARKERS}
    return marked, _FileEvidence(frame, nulls, program, has_blanks)


def _holds_payers(header: str, roles: dict[str, str]) -> bool:
    """Return whether a column says who insures a person."""
    if roles.get(header) == "payer":
        return True
    return header not in roles and bool(_INSURANCE.search(header)) and not _NUMBER_OF_INSURANCE.search(header)


def _find_null_column(
    marker: str, marked: list[_MarkedColumn], kinds: dict[str, str], roles: dict[str, str]
) -> str | None:
    """Return a column in which a marker can only be an empty cell and stands for most of them; None without one."""
    for column in marked:
        personal = roles.get(column.header) in ("phone", "email", "postal_code", "lead_id", "person_id", "landing_page")
        if (personal or kinds.get(column.header) in _NEVER_ANSWERED) and column.count(marker) > column.blank:
            return column.header
    return None
