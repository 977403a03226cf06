"""What should each column of an export become, and what should a person know about it?

Lives here: the role of one column, in order of precedence: label, order, ours, left out, custom.
Does not live here: the guesses from header and values (``mapping.type_inference``, ``column_matching``,
``leak_judge``), the proposal (``export_profile``).
"""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.mapping.products import Product
from features.mapping.type_inference import find_barred_word, find_exclusion_reason
from features.parsing.parsed_columns import ParsedColumns
from features.profiling.column_matching import find_prompted_messages, names_message
from features.profiling.id_detection import count_repeats
from features.profiling.labels.label_guess import LabelGuess, encode_label
from features.profiling.late_headers import find_late_header, is_planned_date
from features.profiling.late_recording import LeadAges
from features.profiling.leak_judge import JudgedColumn, LeakSuspicion, find_leak_suspects
from features.profiling.leakage_detection import LeakageEvidence, count_words, measure_evidence
from features.profiling.order_guess import OrderGuess
from features.profiling.values.column_verdicts import judge_once
from features.profiling.values.written_messages import are_written_by_persons
from features.schema import LEADS

__all__ = ["ColumnFinding", "ColumnRoles", "FileGuesses", "accept_message"]

_MENTION_MISSING_AUC = 0.60
_NEVER_MEASURED = ("lead_id", "person_id", "created_at")
_ONLY_GIVEN_OR_NOT = ("phone", "email", "message")
_ODD_SHARE = 0.01
_WRITTEN_SAMPLE = 500
_FEW_VALUES, _FEWEST_OPEN, _MARKED_SHARE = 5, 5, 0.5


@dataclass(frozen=True)
class ColumnFinding:
    """Hold what one column of an export is proposed to become.

    Parameters
    ----------
    column : str
        The header.
    filled : float
        Share of rows with a value, 0 to 1.
    distinct : int
        Number of distinct values.
    role : str
        "our <column>", "label", "order", "custom <kind>", or "left out".
    reason : str
        The reason, with its figures.
    """

    column: str
    filled: float
    distinct: int
    role: str
    reason: str


@dataclass(frozen=True)
class FileGuesses:
    """What was guessed about the file before its columns: our column -> header, label, order and product.

    ``outcome`` is what became of each row, shape (n,), where tables beside the leads say it better than the label.
    """

    headers: dict[str, str]
    label: LabelGuess | None = None
    order: OrderGuess | None = None
    product: Product | None = None
    outcome: FloatArray | None = None


class ColumnRoles:
    """Assign a role to each column of an export."""

    def __init__(
        self,
        columns: ParsedColumns,
        kinds: dict[str, str],
        guesses: FileGuesses,
    ) -> None:
        self._columns, self._kinds, self._product = columns, kinds, guesses.product
        headers, label, order = guesses.headers, guesses.label, guesses.order
        self._column_of_header = {header: column for column, header in headers.items()}
        self._label, self._order = label, order
        self._plain_reasons: dict[str, str | None] = {}
        self._label_values = guesses.outcome
        if guesses.outcome is None and label is not None:
            self._label_values = encode_label(columns[label.column], label)
        self._copies = _find_copies(columns, kinds, first=tuple(headers.values()))

    def find_role(self, name: str) -> ColumnFinding:
        """Find the role of one column, with the reason and figures."""
        filled, distinct = self._columns.is_filled(name), self._columns.count_distinct(name)
        role, reason = self._assign_role(name, distinct)
        reason = "; ".join([reason, *self._remark_on_negatives(name)])
        return ColumnFinding(name, int(filled.sum()) / max(len(filled), 1), distinct, role, reason)

    def may_be_message(self, name: str) -> bool:
        """Return whether a text may be what the person wrote: it knows no outcome, and nothing else speaks against it.

        Sentences about oneself are no id because they differ, and no contact because one stands inside.
        """
        if name in self._suspects:
            return False
        if self._find_plain_reason(name) is None:
            return True
        if find_barred_word(name) or (self._product is not None and self._product.reason_to_leave_out(name)):
            return False
        return are_written_by_persons([str(value) for value in self._columns.select_present(name, _WRITTEN_SAMPLE)])

    def _assign_role(self, name: str, distinct: int) -> tuple[str, str]:
        """Return (role, reason)."""
        if self._label and name == self._label.column:
            return "label", self._label.reason
        if self._label and name == self._label.decided_by:
            return (
                "left out",
                f"it says which leads are decided, see decided_by under [label] of {self._label.column!r}",
            )
        if self._order and name == self._order.by and name not in self._column_of_header:
            return "order", self._order.reason
        if name in self._column_of_header:
            column = LEADS.column(self._column_of_header[name])
            remarks = self._collect_remarks(name, distinct)
            if column.name == "message" and not names_message(name, self._columns, self._product):
                remarks.insert(0, "told by how it is written: PLEASE CHECK that the person wrote it, and not the staff")
            repeats = count_repeats(self._columns, name) if column.name == "lead_id" else 0
            meaning = f"the lead's id; {repeats:,} rows repeat an earlier one" if repeats else column.meaning
            return f"our {column.name}", "; ".join([meaning, *remarks])
        exclusion_reason = (
            self._find_plain_reason(name)
            or self._describe_suspicion(name)
            or self._find_open_marker(name)
            or self._find_end_date(name)
        )
        if exclusion_reason:
            return "left out", exclusion_reason
        kind = self._kinds[name]
        remarks = self._collect_remarks(name, distinct)
        return f"custom {kind}", "; ".join([f"{distinct:,} different values", *remarks])

    def _find_open_marker(self, name: str) -> str | None:
        """Return why a column is left out that only tells which leads are still open, such as "is_open"; else None."""
        if self._label_values is None or not 2 <= self._columns.count_distinct(name) <= _FEW_VALUES:
            return None
        is_open, codes = np.isnan(self._label_values), self._columns.category_codes(name)
        if is_open.sum() < _FEWEST_OPEN or is_open.all():
            return None
        decided = np.unique(codes[~is_open])
        if len(decided) > 1 or (codes[is_open] == decided[0]).mean() > 1 - _MARKED_SHARE:
            return None
        return "every decided lead has the same value, so it only tells which leads are open"

    def _find_end_date(self, name: str) -> str | None:
        """Return why the day on which the label became known is left out; None if it was planned when the lead came.

        A day of a visit that was chosen beforehand is known of every lead, and how far ahead it lies tells something. A
        day on which a lead was closed is known of none that is scored.
        """
        if self._label is None or name != self._label.known_at or is_planned_date(name):
            return None
        return "the date on which the label became known, see known_at under [label]: no lead has it when it arrives"

    def _find_plain_reason(self, name: str) -> str | None:
        """Return why a column without another role is not used, whatever it tells of the outcome; None if it may be."""
        if name not in self._plain_reasons:
            self._plain_reasons[name] = self._look_for_plain_reason(name)
        return self._plain_reasons[name]

    def _look_for_plain_reason(self, name: str) -> str | None:
        """Do what ``_find_plain_reason`` does, without remembering it."""
        barred = find_barred_word(name)
        if barred:
            return f"barred: {barred} never enters the score; it may serve audits"
        is_present = self._columns.is_present(name)
        if not is_present.any():
            return "it has no values"
        if is_present.all() and self._columns.is_constant(name):
            return "constant: every row has the same value"
        verdict = judge_once(self._columns, name)
        reason = find_exclusion_reason(name, self._columns[name], self._columns.missing, verdict)
        if reason is None and self._product is not None:
            reason = self._product.reason_to_leave_out(name)
        if reason:
            return reason
        return f"a copy of {self._copies[name]!r}: the two agree in every row" if name in self._copies else None

    def _describe_suspicion(self, name: str) -> str | None:
        """Return why a column may be known only after contact or outcome, so that it is left out; None if it is not."""
        suspicion = self._suspects.get(name)
        if suspicion is None or not suspicion.left_out:
            return None
        return f"suspect, may be known only after contact or outcome: {suspicion.describe()}"

    @cached_property
    def _suspects(self) -> dict[str, LeakSuspicion]:
        """Columns that seem to know the outcome, judged together; none without a label."""
        if self._label_values is None or len(np.unique(self._label_values[~np.isnan(self._label_values)])) < 2:
            return self._find_recorded_dates()
        others = {self._label.column if self._label else None, self._order.by if self._order else None}
        candidates = [
            name
            for name in self._columns
            if name not in others and name not in self._column_of_header and self._find_plain_reason(name) is None
        ]
        own = [name for name, column in self._column_of_header.items() if column not in _NEVER_MEASURED]
        created_at = next((name for name, column in self._column_of_header.items() if column == "created_at"), None)
        return find_leak_suspects(
            {name: self._to_judged(name) for name in candidates},
            {name: self._to_judged(name) for name in own},
            self._label_values,
            None if created_at is None else self._columns.times(created_at),
            self._columns.missing,
        )

    def _find_recorded_dates(self) -> dict[str, LeakSuspicion]:
        """Columns of dates that a program writes down after the inquiry, which needs no label to be seen."""
        created_at = next((name for name, column in self._column_of_header.items() if column == "created_at"), None)
        if created_at is None:
            return {}
        arrivals = self._columns.times(created_at)
        ages = LeadAges(np.zeros(len(arrivals)), arrivals)
        free = (
            name for name in self._columns if self._kinds.get(name) == "date" and name not in self._column_of_header
        )
        reasons = {name: ages.find_recording(self._columns.times(name)) for name in free if not is_planned_date(name)}
        return {name: LeakSuspicion(reason) for name, reason in reasons.items() if reason is not None}

    def _to_judged(self, name: str) -> JudgedColumn:
        """Return a column as it is judged: messages count only as given or not, other texts by their words."""
        values, kind = self._columns[name], self._kinds[name]
        filled = self._columns.is_filled(name)
        if self._column_of_header.get(name) in _ONLY_GIVEN_OR_NOT:
            return JudgedColumn(np.where(filled, 1.0, np.nan), "number", filled=filled)
        if kind == "short_text":
            return JudgedColumn(count_words(self._columns.category_texts(name)), "number", filled=filled)
        if kind == "number":
            return JudgedColumn(self._columns.numbers(name)[0], kind, filled=filled)
        return JudgedColumn(values, kind, self._columns.times(name) if kind == "date" else None, filled)

    def _measure_evidence(self, name: str) -> LeakageEvidence | None:
        """Measure how well the column alone predicts the label; None without a label."""
        if self._label_values is None:
            return None
        judged = self._to_judged(name)
        values = judged.values
        if judged.times is not None:
            values = np.where(np.isnat(judged.times), np.nan, judged.times.astype("int64").astype(float))
        return measure_evidence(values, judged.kind, self._label_values, self._columns.missing)

    def _remark_on_negatives(self, name: str) -> list[str]:
        """Return a remark if a few numbers are below zero, whether the column is used or not."""
        if self._kinds.get(name) != "number":
            return []
        numbers = self._columns.numbers(name)[0]
        below = int((numbers < 0).sum())
        return (
            [f"PLEASE CHECK: {below:,} of its numbers {'is' if below == 1 else 'are'} below zero"]
            if 0 < below <= _ODD_SHARE * len(numbers)
            else []
        )

    def _collect_remarks(self, name: str, distinct: int) -> list[str]:
        """Return what a person should know about a column that is used."""
        remarks = []
        evidence = (
            self._measure_evidence(name)
            if self._kinds[name] != "short_text"
            and self._column_of_header.get(name) not in (*_NEVER_MEASURED, *_ONLY_GIVEN_OR_NOT)
            else None
        )
        suspicion = self._suspects.get(name)
        if suspicion is not None:
            remarks.append(f"QUESTION: is it known when the lead arrives? {suspicion.describe()}")
        late = find_late_header(name) if suspicion is None and name not in self._column_of_header else None
        if late is not None and self._label_values is None:
            remarks.append(
                "QUESTION: is it known when the lead arrives? Its header reads like something recorded later "
                f"({late.reason}), and without a label nothing can bear that out"
            )
        elif late is not None and evidence is not None:
            remarks.append(
                f"please check: its header reads like something recorded later ({late.reason}), but the figures do not "
                f"bear that out (alone AUC {evidence.auc:.2f})"
            )
        if evidence and evidence.reason and name in self._column_of_header:
            remarks.append(f"PLEASE CHECK: {evidence.reason}")
        elif evidence and evidence.missing_auc > _MENTION_MISSING_AUC:
            remarks.append(
                "please check when it is filled in: "
                f"whether it is filled predicts the label with AUC {evidence.missing_auc:.2f}"
            )
        if self._label and name == self._label.known_at:
            remarks.append("it also is the date on which the label became known, see known_at under [label]")
        personal = name in self._column_of_header and LEADS.column(self._column_of_header[name]).personal
        if self._kinds[name] == "category" and distinct <= 1000 and not personal:
            remarks += _find_case_variants(self._columns.category_texts(name))
        return remarks


def accept_message(columns: ParsedColumns, kinds: dict[str, str], guesses: FileGuesses) -> FileGuesses:
    """Return the guesses without a message that was known by its question only and seems to know the outcome.

    Such a column is judged as any other text. If it is a suspect, the next column below such a question is tried.
    """
    prompted = guesses.headers.get("message")
    others = {column: header for column, header in guesses.headers.items() if column != "message"}
    candidates = find_prompted_messages(columns, kinds, others.values())
    if prompted not in candidates:
        return guesses
    unjudged = replace(guesses, headers=others)
    roles = ColumnRoles(columns, kinds, unjudged)
    accepted = [name for name in (prompted, *candidates) if roles.may_be_message(name)]
    return replace(unjudged, headers=others | {"message": accepted[0]}) if accepted else unjudged


def _find_case_variants(texts: np.ndarray) -> list[str]:
    """Return a remark if values differ in capitals only."""
    counts = Counter(text for text in texts if text is not None)
    groups: dict[str, list[str]] = {}
    for text in counts:
        groups.setdefault(text.casefold(), []).append(text)
    variants = [sorted(group, key=lambda text: -counts[text]) for group in groups.values() if len(group) > 1]
    examples = [" and ".join(f"{text!r} ({counts[text]:,})" for text in group) for group in variants[:3]]
    return [f"{', '.join(examples)} differ in capitals only"] if examples else []


def _find_copies(columns: ParsedColumns, kinds: dict[str, str], first: tuple[str, ...]) -> dict[str, str]:
    """Return column -> the earlier column (ours first) with the same information in other words."""
    first_with_codes: dict[bytes, str] = {}
    copies = {}
    for name in (*first, *(name for name in columns if name not in first)):
        codes = _encode_values(columns, name, kinds.get(name))
        if 1 <= codes.max(initial=-1) < len(columns) - 1:
            original = first_with_codes.setdefault(codes.tobytes(), name)
            if original != name:
                copies[name] = original
    return copies


def _encode_values(columns: ParsedColumns, name: str, kind: str | None) -> np.ndarray:
    """Encode values such that columns with the same information get the same codes; -1 is missing.

    The same means: numbers in the same or the opposite order, texts that correspond one to one.
    """
    if kind != "number":
        return columns.category_codes(name)
    codes = pd.factorize(columns.numbers(name)[0], sort=True)[0]
    present = codes[codes >= 0]
    # One direction for both orders: the first value decides whether the ranks are reversed.
    falling = len(present) > 0 and 2 * present[0] > present.max()
    return np.where(codes >= 0, present.max() - codes, -1) if falling else codes
